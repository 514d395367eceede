import { describe, expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import { textOf } from "../../../src/domain/message.ts";
import { type Model, RequestRefused } from "../../../src/domain/model.ts";
import { openCircuits } from "../../../src/models/circuits.ts";
import { type RouteParts, routeOf } from "../../../src/models/route.ts";
import { realWorld } from "../../../src/models/world.ts";
import {
  actingModel,
  aRequest,
  broken,
  openPurse,
  overflow,
  rateLimit,
  refused,
  unavailable,
} from "../../support/acting-model.ts";
import { pocket } from "../../support/pocket.ts";
import { stillWorld } from "../../support/still-world.ts";

const never = new AbortController().signal;

function setUp(models: readonly [Model, ...Model[]], parts: Partial<RouteParts> = {}) {
  const events: RunEvent[] = [];
  const world = stillWorld();
  const purse = openPurse();
  const circuits = openCircuits({ now: world.now });
  const tell = async (event: RunEvent) => void events.push(event);
  const route = routeOf({ models, purse, tell, world, circuits, ...parts });
  const ask = async (signal = never) => textOf((await route.complete(aRequest, { signal })).reply);
  return { ask, route, events, world, purse, circuits };
}

describe("a model that fails", () => {
  test("is asked again after waits that grow, and then the next one answers", async () => {
    const first = actingModel("a/1", [unavailable]);
    const { ask, world, events } = setUp([first, actingModel("b/2", ["Yes."])]);
    expect(await ask()).toBe("Yes.");
    expect(first.asked).toHaveLength(4);
    expect(world.waits).toEqual([500, 1000, 2000]);
    const failed = { type: "model_failed", model: "a/1", reason: "It is down.", costUsd: 0 };
    expect(events).toEqual([
      { ...failed, retryInMs: 500 },
      { ...failed, retryInMs: 1000 },
      { ...failed, retryInMs: 2000 },
      { ...failed, retryInMs: null },
      { type: "model_switched", from: "a/1", to: "b/2" },
    ]);
  });

  test("is asked as often as the operator says", async () => {
    const first = actingModel("a/1", [unavailable]);
    const { ask } = setUp([first, actingModel("b/2", ["Yes."])], {
      patience: { tries: 2, callMs: 1_000_000, turnMs: 1_000_000 },
    });
    await ask();
    expect(first.asked).toHaveLength(2);
  });

  test("may be back at the second try", async () => {
    const { ask, events } = setUp([actingModel("a/1", [unavailable, "Yes."]), actingModel("b/2", ["No."])]);
    expect(await ask()).toBe("Yes.");
    expect(events.map(({ type }) => type)).toEqual(["model_failed"]);
  });

  test("is waited for as long as its rate limit asks", async () => {
    const { ask, world } = setUp([actingModel("a/1", [rateLimit(60_000), "Yes."])]);
    expect(await ask()).toBe("Yes.");
    expect(world.waits).toEqual([63_000]);
  });

  test("is not waited for when its rate limit lasts longer than there is time", async () => {
    const first = actingModel("a/1", [rateLimit(3_600_000), "Too late."]);
    const { ask, world } = setUp([first, actingModel("b/2", ["Yes."])]);
    expect(await ask()).toBe("Yes.");
    expect(world.waits).toEqual([]);
    expect(first.asked).toHaveLength(1);
  });

  test("that does not answer in time is given up, and the next one answers", async () => {
    const world = stillWorld();
    const hangs = (_: unknown, signal: AbortSignal) =>
      new Promise<string>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new NightshiftError("cancelled", "It was cancelled.")));
        world.pass(600_000);
      });
    const { ask, events } = setUp([actingModel("a/1", [hangs]), actingModel("b/2", ["Yes."])], {
      world,
      patience: { tries: 1, callMs: 600_000, turnMs: 1_200_000 },
    });
    expect(await ask()).toBe("Yes.");
    expect(events[0]).toMatchObject({
      type: "model_failed",
      reason: expect.stringContaining("did not answer within 600 s"),
    });
  });

  test("that breaks off is paid, and so is the one that answers; both are counted", async () => {
    const patience = { tries: 1, callMs: 1000, turnMs: 1000 };
    const { route, purse } = setUp([actingModel("a/1", [broken]), actingModel("b/2", ["Yes."])], { patience });
    const { costUsd } = await route.complete(aRequest, { signal: never });
    expect(costUsd).toBeCloseTo(0.04, 10);
    expect(purse.paid).toEqual([
      { model: "a/1", usd: 0.03, counted: true },
      { model: "b/2", usd: 0.01, counted: true },
    ]);
  });

  test("that was not billed is settled all the same", async () => {
    const { ask, purse } = setUp([actingModel("a/1", [refused]), actingModel("b/2", ["Yes."])]);
    await ask();
    expect(purse.paid[0]).toEqual({ model: "a/1", usd: 0, counted: false });
    expect(purse.open()).toBe(0);
  });

  test("for good is not tried again; the next one answers, and somebody is warned", async () => {
    const first = actingModel("a/1", [refused]);
    const { ask, events, world } = setUp([first, actingModel("b/2", ["Yes."])]);
    expect(await ask()).toBe("Yes.");
    expect(world.waits).toEqual([]);
    expect(first.asked).toHaveLength(1);
    expect(events.slice(1)).toEqual([
      { type: "warned", message: "The key is wrong. Set ITS_KEY." },
      { type: "model_switched", from: "a/1", to: "b/2" },
    ]);
  });
});

describe("a route of which nobody answers", () => {
  test("throws what the last one threw", async () => {
    const { ask } = setUp([actingModel("a/1", [unavailable]), actingModel("b/2", [refused])]);
    await expect(ask()).rejects.toBe(refused);
  });

  test("asks nobody any more when its time is over", async () => {
    const world = stillWorld();
    const slow = async () => {
      world.pass(2000);
      throw unavailable;
    };
    const last = actingModel("b/2", ["Too late."]);
    const patience = { tries: 4, callMs: 2000, turnMs: 1000 };
    const { ask } = setUp([actingModel("a/1", [slow]), last], { world, patience });
    await expect(ask()).rejects.toBe(unavailable);
    expect(last.asked).toHaveLength(0);
  });
});

test("in real time, whose parts are no whole milliseconds, a model is asked as well", async () => {
  const patience = { tries: 2, callMs: 60_000, turnMs: 60_000 };
  const { ask } = setUp([actingModel("a/1", [rateLimit(0.5), "Yes."])], { world: realWorld, patience });
  expect(await ask()).toBe("Yes.");
});

describe("a conversation that is too long", () => {
  test("is known beforehand by the smallest window that is known of the route's models", () => {
    const of = (...windows: readonly (number | undefined)[]) => {
      const [first, ...others] = windows.map((window) => actingModel("a", ["Yes."], window));
      return routeOf({ models: [first ?? expect.unreachable(), ...others], purse: openPurse() }).contextTokens;
    };
    expect([of(undefined), of(200, undefined, 100), of(100, 200)]).toEqual([undefined, 100, 100]);
  });

  test("goes to the next model that takes longer ones, and to no other", async () => {
    const small = actingModel("b/small", ["No."], 100);
    const large = actingModel("c/large", ["Yes."], 1000);
    const { ask } = setUp([actingModel("a/1", [overflow], 100), small, actingModel("x/unknown", ["No."]), large]);
    expect(await ask()).toBe("Yes.");
    expect(small.asked).toHaveLength(0);
  });

  test("comes back to whoever asked when no model is known to take it", async () => {
    const { ask, circuits } = setUp([actingModel("a/1", [overflow]), actingModel("b/2", ["No."], 1_000_000)]);
    for (let turn = 0; turn < 4; turn += 1) await expect(ask()).rejects.toBe(overflow);
    // It is no fault of the model.
    expect(circuits.admit("a/1")).toBe("closed");
  });
});

describe("what ends at once", () => {
  test("a budget that does not cover the next call, after what was paid", async () => {
    const second = actingModel("b/2", ["No."]);
    const patience = { tries: 1, callMs: 1000, turnMs: 1000 };
    const { ask } = setUp([actingModel("a/1", [broken]), second], { purse: pocket(0.12), patience });
    await expect(ask()).rejects.toMatchObject({ code: "budget_exhausted" });
    expect(second.asked).toHaveLength(0);
  });

  test("a call that was cancelled", async () => {
    const stop = new AbortController();
    const cancelled = new NightshiftError("cancelled", "Enough.");
    const stopping = async () => {
      stop.abort();
      throw cancelled;
    };
    const second = actingModel("b/2", ["No."]);
    const { ask, events } = setUp([actingModel("a/1", [stopping]), second]);
    await expect(ask(stop.signal)).rejects.toBe(cancelled);
    expect(second.asked).toHaveLength(0);
    expect(events).toEqual([]);
  });

  test("a call that failed in another way while it was being cancelled", async () => {
    const stop = new AbortController();
    const failing = async () => {
      stop.abort();
      throw unavailable;
    };
    const second = actingModel("b/2", ["No."]);
    const { ask } = setUp([actingModel("a/1", [failing]), second]);
    await expect(ask(stop.signal)).rejects.toBe(unavailable);
    expect(second.asked).toHaveLength(0);
  });

  test("a wait that was cancelled", async () => {
    const stop = new AbortController();
    const tell = async () => stop.abort();
    const first = actingModel("a/1", [unavailable]);
    const { ask } = setUp([first], { tell });
    await expect(ask(stop.signal)).rejects.toMatchObject({ code: "cancelled" });
    expect(first.asked).toHaveLength(1);
  });

  test("an error of our own", async () => {
    const bug = async () => {
      throw new TypeError("It is undefined.");
    };
    const { ask } = setUp([actingModel("a/1", [bug]), actingModel("b/2", ["No."])]);
    await expect(ask()).rejects.toThrow(TypeError);
  });
});

test("a request that is refused for its own sake says nothing of the model to others", async () => {
  const wrong = new RequestRefused("The schema is wrong.");
  const { ask, circuits } = setUp([actingModel("a/1", [wrong]), actingModel("b/2", ["Yes."])]);
  for (let turn = 0; turn < 4; turn += 1) expect(await ask()).toBe("Yes.");
  expect(circuits.admit("a/1")).toBe("closed");
});

describe("a model whose circuit is open", () => {
  const down = () => actingModel("a/1", [unavailable]);
  const patience = { tries: 1, callMs: 1000, turnMs: 1000 };

  test("is passed over by every route of the process, until one call has found it back", async () => {
    const first = actingModel("a/1", [unavailable, unavailable, unavailable, "Back."]);
    const spare = actingModel("b/2", ["Spare."]);
    const { ask, world, circuits, events } = setUp([first, spare], { patience });
    for (let turn = 0; turn < 3; turn += 1) await ask();

    const other = setUp([first, spare], { patience, circuits, world });
    expect(await other.ask()).toBe("Spare.");
    expect(first.asked).toHaveLength(3);
    expect(other.events).toEqual([{ type: "model_skipped", model: "a/1", reason: "it failed several times in a row" }]);
    expect(events.filter(({ type }) => type === "model_skipped")).toEqual([]);

    world.pass(30_000);
    expect(await ask()).toBe("Back.");
    expect(await other.ask()).toBe("Back.");
  });

  test("is not one that answers between its failures", async () => {
    const [no, yes] = [unavailable, "Yes."];
    const first = actingModel("a/1", [no, no, yes, no, no, yes]);
    const { ask } = setUp([first, actingModel("b/2", ["Spare."])], { patience });
    const said: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) said.push(await ask());
    expect(said).toEqual(["Spare.", "Spare.", "Yes.", "Spare.", "Spare.", "Yes."]);
  });

  test("is asked only once to see whether it is back, however many tries there are", async () => {
    const first = down();
    const { ask, circuits, world } = setUp([first, actingModel("b/2", ["Spare."])]);
    for (let turn = 0; turn < 3; turn += 1) circuits.failed("a/1");
    world.pass(30_000);
    expect(await ask()).toBe("Spare.");
    expect(first.asked).toHaveLength(1);
    expect(await ask()).toBe("Spare.");
    expect(first.asked).toHaveLength(1);
  });

  test("is asked all the same when all of them are", async () => {
    const [first, second] = [down(), actingModel("b/2", [unavailable, unavailable, unavailable, "Yes."])] as const;
    const { ask } = setUp([first, second], { patience });
    for (let turn = 0; turn < 3; turn += 1) await expect(ask()).rejects.toBe(unavailable);
    expect(await ask()).toBe("Yes.");
    expect(first.asked).toHaveLength(4);
  });

  test("may be asked by another when the one who was to see was cancelled", async () => {
    const stop = new AbortController();
    const stopping = async () => {
      stop.abort();
      throw new NightshiftError("cancelled", "Enough.");
    };
    const { ask, circuits, world } = setUp([actingModel("a/1", [stopping, "Back."]), actingModel("b/2", ["Spare."])]);
    for (let turn = 0; turn < 3; turn += 1) circuits.failed("a/1");
    world.pass(30_000);
    await expect(ask(stop.signal)).rejects.toMatchObject({ code: "cancelled" });
    expect(await ask()).toBe("Back.");
  });
});
