import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import { type TicketState, ticketStates } from "../../../src/domain/ticket.ts";
import { type TicketEvent, transition } from "../../../src/domain/transition.ts";

// A record and not a list, so that an event that is added does not compile until it is walked here too.
const allEvents: Record<TicketEvent, true> = {
  requested: true,
  planning_started: true,
  coding_started: true,
  testing_started: true,
  review_started: true,
  readied: true,
  paused: true,
  handed_to_human: true,
  failed: true,
  cancelled: true,
  merged: true,
  closed: true,
};
const events = Object.keys(allEvents) as TicketEvent[];
const working = ["queued", "planning", "coding", "testing", "reviewing"] as const;

/** The state that follows, or `undefined` where no arrow leads on. Any other error fails the test. */
function follow(state: TicketState, event: TicketEvent): TicketState | undefined {
  try {
    return transition(state, event);
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "forbidden_transition") return undefined;
    throw error;
  }
}

test("a ticket goes from its request to a merge", () => {
  const way: TicketEvent[] = ["planning_started", "coding_started", "testing_started", "review_started", "readied"];
  const states: TicketState[] = ["queued"];
  for (const event of [...way, "merged" as const]) states.push(transition(states.at(-1) ?? "queued", event));
  expect(states).toEqual(["queued", "planning", "coding", "testing", "reviewing", "ready", "merged"]);
});

test("whatever happens to a ticket, it is in one of the states, or the event is refused with its reason", () => {
  fc.assert(
    fc.property(fc.constantFrom(...ticketStates), fc.array(fc.constantFrom(...events)), (start, happened) => {
      let state = start;
      for (const event of happened) {
        state = follow(state, event) ?? state;
        expect(ticketStates).toContain(state);
      }
    }),
  );
});

test("a forbidden arrow says what cannot be", () => {
  expect(() => transition("merged", "coding_started")).toThrow(
    expect.objectContaining({
      code: "forbidden_transition",
      retryable: false,
      message: "A ticket that is merged cannot be coding started.",
    }),
  );
});

test("the arrows are these and no others", () => {
  const table = Object.fromEntries(
    ticketStates.map((state) => [
      state,
      events.flatMap((event) => {
        const next = follow(state, event);
        return next === undefined ? [] : [next];
      }),
    ]),
  );
  expect(table).toEqual({
    queued: ["planning", "coding", "reviewing", "waiting", "needs_human", "failed", "cancelled", "merged", "closed"],
    planning: ["planning", "coding", "waiting", "needs_human", "failed", "cancelled", "merged", "closed"],
    coding: ["coding", "testing", "waiting", "needs_human", "failed", "cancelled", "merged", "closed"],
    testing: [
      ...["coding", "testing", "reviewing", "ready", "waiting"],
      ...["needs_human", "failed", "cancelled", "merged", "closed"],
    ],
    reviewing: ["coding", "reviewing", "ready", "waiting", "needs_human", "failed", "cancelled", "merged", "closed"],
    ready: ["queued", "reviewing", "ready", "waiting", "needs_human", "failed", "cancelled", "merged", "closed"],
    waiting: ["queued", "cancelled", "merged", "closed"],
    needs_human: ["queued", "cancelled", "merged", "closed"],
    failed: ["queued", "merged", "closed"],
    cancelled: ["queued", "merged", "closed"],
    merged: [],
    closed: ["queued"],
  });
});

test("merged is final", () => {
  for (const event of events) expect(follow("merged", event)).toBeUndefined();
});

describe("every working state and ready", () => {
  test.each([...working, "ready" as const])("%s can stop for a person, wait, fail or be cancelled", (state) => {
    expect({
      paused: follow(state, "paused"),
      handed_to_human: follow(state, "handed_to_human"),
      failed: follow(state, "failed"),
      cancelled: follow(state, "cancelled"),
    }).toEqual({ paused: "waiting", handed_to_human: "needs_human", failed: "failed", cancelled: "cancelled" });
  });
});

test("work that a worker takes up after a crash may start its phase again", () => {
  expect(follow("planning", "planning_started")).toBe("planning");
  expect(follow("coding", "coding_started")).toBe("coding");
  expect(follow("testing", "testing_started")).toBe("testing");
  expect(follow("reviewing", "review_started")).toBe("reviewing");
});

test("work that was not merged can be asked for again, work that goes on cannot", () => {
  for (const state of ["ready", "waiting", "needs_human", "failed", "cancelled", "closed"] as const) {
    expect(follow(state, "requested")).toBe("queued");
  }
  for (const state of working) expect(follow(state, "requested")).toBeUndefined();
});
