import { NightshiftError } from "./errors.ts";
import type { TicketState } from "./ticket.ts";

/** What can happen to a ticket. */
export type TicketEvent =
  | "requested"
  | "planning_started"
  | "coding_started"
  | "testing_started"
  | "review_started"
  | "readied"
  | "paused"
  | "handed_to_human"
  | "failed"
  | "cancelled"
  | "merged"
  | "closed";

const working = ["queued", "planning", "coding", "testing", "reviewing"] as const satisfies readonly TicketState[];
/** Where work has ended without a pull request that is ready. */
export const stopped: readonly TicketState[] = ["waiting", "needs_human", "failed", "cancelled"];
const open = [...working, "ready", ...stopped] as const;

interface Arrow {
  readonly to: TicketState;
  readonly from: readonly TicketState[];
}

const arrows: Readonly<Record<TicketEvent, Arrow>> = {
  // Asking again for work that was not merged starts it again, also where a pull request is open or was turned down.
  requested: { to: "queued", from: [...stopped, "ready", "closed"] },
  planning_started: { to: "planning", from: ["queued", "planning"] },
  // From `testing` and `reviewing` for another round; from `coding` itself when a worker resumes after a crash.
  coding_started: { to: "coding", from: working },
  testing_started: { to: "testing", from: ["coding", "testing"] },
  // From `queued` where what was done and tested before is only published anew.
  review_started: { to: "reviewing", from: ["queued", "testing", "reviewing", "ready"] },
  readied: { to: "ready", from: ["testing", "reviewing", "ready"] },
  paused: { to: "waiting", from: [...working, "ready"] },
  handed_to_human: { to: "needs_human", from: [...working, "ready"] },
  failed: { to: "failed", from: [...working, "ready"] },
  cancelled: { to: "cancelled", from: [...working, "ready", "waiting", "needs_human"] },
  merged: { to: "merged", from: open },
  closed: { to: "closed", from: open },
};

/** The state that follows, or `undefined` when no arrow leads there. */
export function stateAfter(state: TicketState, event: TicketEvent): TicketState | undefined {
  const arrow = arrows[event];
  return arrow.from.includes(state) ? arrow.to : undefined;
}

/**
 * The state that follows, by the one table that owns the arrows.
 * @throws NightshiftError `forbidden_transition` when no arrow leads there.
 */
export function transition(state: TicketState, event: TicketEvent): TicketState {
  const to = stateAfter(state, event);
  if (to !== undefined) return to;
  throw new NightshiftError(
    "forbidden_transition",
    `A ticket that is ${state} cannot be ${event.replaceAll("_", " ")}.`,
  );
}
