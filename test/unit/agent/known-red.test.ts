import { expect, test } from "vitest";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import type { Turn } from "../../../src/agent/trace.ts";
import { type KnownRed, openWatch } from "../../../src/agent/watch.ts";
import type { Note, ToolCall } from "../../../src/domain/message.ts";
import { aCall, calling } from "../../support/played-model.ts";

const suite = aCall("bash", { command: "npm test" });
const edit = (n: number) => aCall("edit_file", { path: "a.js", old_text: "a", new_text: `${n}` });

function aTurn(n: number, call: ToolCall, text: string, isError: boolean): Turn {
  const result = { callId: call.id, name: call.name, text, isError };
  return { n, reply: calling(call), results: { role: "tool", results: [result] } };
}

const isOld = "not ok 3 - is old\n# pass 2\n# fail 1";

/** An edit, then a run of all tests, so often; what is red in the run of this turn is up to the test. */
const edits = (times: number, red: (n: number) => string = () => isOld) =>
  Array.from({ length: times }, (_, at) => [
    aTurn(2 * at + 1, edit(at), "done", false),
    aTurn(2 * at + 2, suite, `${red(2 * at + 2)}\n[exit code 1]`, true),
  ]).flat();

const known: Note = { about: "known_red", text: "They were red before." };

/** Takes the turns until the watch ends the work; `recorded` of them were seen by another worker. */
async function watched(
  turns: readonly Turn[],
  of: { readonly knownRed?: KnownRed; readonly recorded?: readonly Turn[] } = {},
) {
  const { knownRed, recorded = [] } = of;
  const asked: number[] = [];
  const said: string[] = [];
  const taken: Turn[] = [...recorded];
  const watch = openWatch({
    ...{ tools: coderTools, budget: { turns: 1000, timeMs: 1000 }, signal: new AbortController().signal },
    tell: async (event) => void (event.type === "noted" && said.push(`${event.about} in ${event.n}`)),
    knownRed: async (run, options) => {
      asked.push(run.n);
      return await knownRed?.(run, options);
    },
  });
  for (const turn of recorded) watch.add(turn);
  for (const turn of turns) {
    taken.push({ ...turn, results: await watch.take(turn, { turns: turn.n, timeMs: 0 }, undefined) });
    const stuck = watch.stuck();
    if (stuck !== undefined) return { asked, said, taken, end: `${stuck.cause} after ${turn.n}` };
  }
  return { asked, said, taken, end: undefined };
}

test("tests that were red before are told of once, and are no pattern from then on", async () => {
  const runs: string[] = [];
  const knownRed: KnownRed = async ({ line, output }) => {
    runs.push(`${line}: ${output.split("\n")[0]}`);
    return known;
  };
  expect(await watched(edits(40), { knownRed })).toMatchObject({
    asked: [10],
    said: ["known_red in 10"],
    end: undefined,
  });
  expect(runs).toEqual(["npm test: not ok 3 - is old"]);
});

test("others than those are a pattern as ever", async () => {
  const knownRed: KnownRed = async ({ output }) => (output.startsWith(isOld) ? known : undefined);
  const breaksLate = edits(20, (n) => (n <= 12 ? isOld : `not ok 2 - is mine\n${isOld}`));
  expect(await watched(breaksLate, { knownRed })).toMatchObject({
    said: ["known_red in 10", "no_progress in 22"],
    end: "no_progress after 28",
  });
});

test("nobody is asked before there is a pattern, and in doubt all is as it was", async () => {
  expect(await watched(edits(4))).toMatchObject({ asked: [], said: [] });
  expect(await watched(edits(20))).toMatchObject({
    ...{ asked: [10, 16], said: ["no_progress in 10"] },
    end: "no_progress after 16",
  });
});

test("who was nudged for others, and is left with those, is not stopped", async () => {
  const knownRed: KnownRed = async ({ output }) => (output.startsWith(isOld) ? known : undefined);
  const mends = edits(20, (n) => (n <= 12 ? `not ok 2 - is mine\n${isOld}` : isOld));
  expect(await watched(mends, { knownRed })).toMatchObject({
    said: ["no_progress in 10", "known_red in 28"],
    end: undefined,
  });
});

test("a worker that takes the work up knows it from the record, and asks nobody", async () => {
  const { taken } = await watched(edits(6), { knownRed: async () => known });
  const later = edits(30).slice(12);
  expect(await watched(later, { recorded: taken })).toMatchObject({ asked: [], said: [], end: undefined });
  const forgotten = taken.map((turn) => ({ ...turn, results: { ...turn.results, notes: [] } }));
  expect((await watched(later, { recorded: forgotten })).end).toBe("no_progress after 20");
});

test("the same failure of edits that run the tests in the same line is asked about as well", async () => {
  const inOne = Array.from({ length: 12 }, (_, at) =>
    aTurn(at + 1, aCall("bash", { command: `sed -i s/a/${at}/ a.js; npm test` }), `${isOld}\n[exit code 1]`, true),
  );
  expect((await watched(inOne)).end).toBe("same_error after 6");
  expect(await watched(inOne, { knownRed: async () => known })).toMatchObject({
    said: ["known_red in 4"],
    end: undefined,
  });
});
