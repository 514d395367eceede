import { describe, expect, test } from "vitest";
import { withNotes } from "../../../src/agent/notes.ts";
import { stuckBy } from "../../../src/agent/stuck.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import { type Trace, type Turn, traceOf } from "../../../src/agent/trace.ts";
import type { Note, ToolCall } from "../../../src/domain/message.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";

type Step = Omit<Turn, "n">;

const failed = (call: ToolCall, text = "[exit code 1]"): Step => answered(call, text, true);
const succeeded = (call: ToolCall, text = "done"): Step => answered(call, text, false);
const idle: Step = { reply: saying("Well."), results: { role: "user", text: "Go on." } };
const bash = (command: string) => aCall("bash", { command });
const test1 = bash("npm test");
const edit = (n: number | string) => aCall("edit_file", { path: "a.js", old_text: "a", new_text: `${n}` });
const read = aCall("read_file", { path: "a.js", from_line: 1, to_line: 80 });
const unreadable = aCall("bash", '{"command": "npm te');

function answered(call: ToolCall, text: string, isError: boolean): Step {
  const result = { callId: call.id, name: call.name, text, isError };
  return { reply: calling(call), results: { role: "tool", results: [result] } };
}

/** What is said after the last of these turns. */
const seenAfter = (...steps: readonly Step[]) => verdicts(steps).at(-1);

/** What was said after any of them. */
const everSeen = (...steps: readonly Step[]) => verdicts(steps).filter((said) => said !== undefined);

/** What is said after each of these turns; a nudge is given where it is due, as the loop does. */
function verdicts(steps: readonly Step[]): readonly (string | undefined)[] {
  const traces: Trace[] = [];
  const said: (string | undefined)[] = [];
  for (const [at, { reply, results }] of steps.entries()) {
    const turn = { n: at + 1, reply, results };
    const trace = traceOf(turn, coderTools);
    const verdict = stuckBy([...traces, trace]);
    const notes: Note[] = verdict?.next === "nudge" ? [{ about: verdict.cause, text: "Look out." }] : [];
    traces.push(traceOf({ ...turn, results: withNotes(results, notes) }, coderTools));
    said.push(verdict && `${verdict.cause} ${verdict.next}${verdict.next === "stop" ? ` after ${at + 1}` : ""}`);
    if (verdict?.next === "stop") break;
  }
  return said;
}

const times = (n: number, step: (n: number) => Step | readonly Step[]) =>
  Array.from({ length: n }, (_, index) => step(index)).flat();

describe("an agent that calls no tool", () => {
  test("is told the second time in a row, and stopped the third", () => {
    expect(seenAfter(idle)).toBeUndefined();
    expect(seenAfter(idle, idle)).toBe("idle nudge");
    expect(seenAfter(idle, idle, idle)).toBe("idle stop after 3");
  });

  test("may be so again after a call", () => {
    expect(seenAfter(idle, idle, succeeded(test1), idle, idle)).toBeUndefined();
    expect(seenAfter(idle, idle, succeeded(test1), idle, idle, idle)).toBe("idle stop after 6");
  });
});

describe("calls that cannot be read", () => {
  const unknown = aCall("browse", { url: "https://example.com" });
  const wrong = aCall("bash", { line: "ls" });

  test("are told of at the second in a row, and end the work at the third", () => {
    expect(seenAfter(failed(unreadable))).toBeUndefined();
    expect(seenAfter(failed(unreadable), failed(unknown))).toBe("malformed nudge");
    expect(seenAfter(failed(unreadable), failed(unknown), failed(wrong))).toBe("malformed stop after 3");
    expect(seenAfter(failed(unreadable), succeeded(test1), failed(unreadable))).toBeUndefined();
  });
});

describe("the same call", () => {
  test("that fails in the same way three times in a row makes a nudge, and the fourth the end", () => {
    expect(seenAfter(...times(2, () => failed(test1)))).toBeUndefined();
    expect(seenAfter(...times(3, () => failed(test1)))).toBe("repeating nudge");
    expect(seenAfter(...times(4, () => failed(test1)))).toBe("repeating stop after 4");
  });

  test("with the same result counts when it succeeds as well", () => {
    expect(seenAfter(...times(3, () => succeeded(read, "1  one")))).toBeUndefined();
    expect(seenAfter(...times(4, () => succeeded(read, "1  one")))).toBe("repeating nudge");
    expect(seenAfter(...times(6, () => succeeded(read, "1  one")))).toBe("repeating stop after 6");
  });

  test("counts one by one within a turn, and is not stopped before it was told", () => {
    const ids = Array.from({ length: 10 }, (_, n) => aCall("bash", { command: "npm test" }, `call-${n}`));
    const results = ids.map(({ id, name }) => ({ callId: id, name, text: "[exit code 1]", isError: true }));
    const ten: Step = { reply: calling(...ids), results: { role: "tool", results } };
    expect(seenAfter(ten)).toBe("repeating nudge");
    expect(seenAfter(ten, failed(test1))).toBe("repeating stop after 2");
  });

  test("is the same however long it took", () => {
    const took = (ms: number) => failed(test1, `1 of 3 wrong\n# duration_ms ${ms}.25\nin ${ms} ms`);
    expect(seenAfter(...times(4, (n) => took(100 + n)))).toBe("repeating stop after 4");
  });

  test.each([
    ["fails in another way", [...times(2, () => failed(test1)), failed(test1, "[exit code 2]")]],
    ["is another one", [...times(2, () => failed(test1)), failed(bash("npm t"))]],
    ["follows an edit", [failed(test1), failed(test1), succeeded(edit(1)), failed(test1)]],
    ["succeeds at last", [...times(2, () => failed(test1)), succeeded(test1)]],
    [
      "is a test that is green again after each edit",
      times(8, (n) => [succeeded(edit(n)), succeeded(test1, "3 passed")]),
    ],
    ["polls what gets on", times(12, (n) => succeeded(bash("tail -1 build.log"), `[${n}/40] compiling`))],
    ["waits for what does not yet", times(9, () => succeeded(bash("sleep 30; tail -1 build.log"), "linking"))],
  ])("is no pattern where it %s", (_, steps) => {
    expect(everSeen(...steps)).toEqual([]);
  });

  test("may wait long and not for ever", () => {
    const wait = () => succeeded(bash("sleep 30; tail -1 build.log"), "linking");
    expect(seenAfter(...times(10, wait))).toBe("repeating nudge");
    expect(seenAfter(...times(20, wait))).toBe("repeating stop after 15");
  });

  test("may wait for what is not there yet", () => {
    const wait = () => failed(bash("sleep 20; curl -fsS localhost:80"), "curl: (7) Failed to connect\n[exit code 7]");
    expect(everSeen(...times(9, wait))).toEqual([]);
    expect(everSeen(...times(20, wait))).toEqual(["repeating nudge", "repeating stop after 15"]);
  });

  test("is the same with its arguments in another order", () => {
    const turned = aCall("read_file", { path: "a.js", to_line: 80, from_line: 1 });
    expect(seenAfter(...times(3, () => succeeded(turned, "1  one")), succeeded(read, "1  one"))).toBe(
      "repeating nudge",
    );
  });

  test("that begins again after something else is counted from its beginning", () => {
    const again = [...times(3, () => failed(test1)), succeeded(edit(1)), ...times(4, () => failed(test1))];
    expect(everSeen(...again)).toEqual(["repeating nudge", "repeating stop after 8"]);
  });

  test("that reads the same lines again and again is seen although other calls come between", () => {
    const reading = times(9, (n) => [succeeded(read, "1  one"), succeeded(bash(`grep -n ${n} b.js`), `${n}`)]);
    expect(seenAfter(...reading.slice(0, 9))).toBeUndefined();
    expect(seenAfter(...reading.slice(0, 11))).toBe("repeating nudge");
    expect(seenAfter(...reading)).toBe("repeating stop after 17");
    // Others, or another result, are honest work.
    const looking = times(12, (n) => [succeeded(read, "1  one"), succeeded(edit(n)), succeeded(test1, `${n} passed`)]);
    expect(everSeen(...looking)).toEqual([]);
    const paging = times(9, (n) => succeeded(aCall("read_file", { path: "a.js", from_line: n * 80 }), `${n}`));
    expect(everSeen(...paging)).toEqual([]);
  });
});

describe("calls in a circle", () => {
  const there = succeeded(edit("there"), "Edited a.js at line 3.");
  const back = succeeded(edit("back"), "Edited a.js at line 3.");

  test("of two are told of the third time, and end the work the fourth", () => {
    expect(seenAfter(...times(3, () => [there, back]).slice(0, 5))).toBeUndefined();
    expect(seenAfter(...times(3, () => [there, back]))).toBe("alternating nudge");
    expect(seenAfter(...times(4, () => [there, back]))).toBe("alternating stop after 8");
  });

  test("of three and four count as well", () => {
    const circle = [succeeded(read, "1  one"), failed(edit(1), "It is not there."), failed(test1)];
    expect(seenAfter(...times(3, () => circle))).toBe("alternating nudge");
    expect(seenAfter(...times(4, () => circle))).toBe("alternating stop after 12");
    expect(seenAfter(...times(3, () => [...circle, succeeded(bash("git diff"), "")]))).toBe("alternating nudge");
  });

  test("are none where one of them comes to something else each time", () => {
    const getsOn = times(6, (n) => [succeeded(edit(n)), failed(test1, `${9 - n} of 9 wrong`)]);
    expect(everSeen(...getsOn)).toEqual([]);
  });
});

describe("the same error", () => {
  const misses = (n: number) => failed(edit(n), `a.js was not changed: old_text is not in it.\nNearest: line ${n}`);

  test("of other calls is told of at the fourth, and ends the work at the sixth", () => {
    expect(seenAfter(...times(3, misses))).toBeUndefined();
    expect(seenAfter(...times(4, misses))).toBe("same_error nudge");
    expect(seenAfter(...times(6, misses))).toBe("same_error stop after 6");
    const missing = ["npm ci", "npm test", "npm run lint", "npm i"].map((line) =>
      failed(bash(line), "npm: not found\n[exit code 127]"),
    );
    expect(seenAfter(...missing)).toBe("same_error nudge");
  });

  test("is none where each call fails in its own way", () => {
    const own = times(8, (n) => failed(bash(`run ${n}`), `${"abcdefgh"[n]}: not found\n[exit code 127]`));
    expect(everSeen(...own)).toEqual([]);
  });

  test("is none where searches find nothing, nor where something works in between", () => {
    expect(everSeen(...times(8, (n) => failed(bash(`grep -rn word${n} .`), "[exit code 1]")))).toEqual([]);
    expect(everSeen(...times(8, (n) => (n % 3 === 2 ? succeeded(edit(n)) : misses(n))))).toEqual([]);
  });
});

describe("tests that do not get greener", () => {
  const red = (text = "not ok 3 - adds\n# pass 2\n# fail 1", n = 0) =>
    succeeded(bash("npm test 2>&1 | tail -40"), `got ${n}\n${text}\n# duration_ms ${n}3.1`);
  const round = (n: number) => [succeeded(edit(n)), red(undefined, n)];

  test("over five runs with a change before each are told of, and end the work after three more", () => {
    expect(seenAfter(...times(4, round))).toBeUndefined();
    expect(seenAfter(...times(5, round))).toBe("no_progress nudge");
    expect(seenAfter(...times(8, round))).toBe("no_progress stop after 16");
    const byShell = (n: number) => [
      succeeded(bash(`sed -i s/a/${n}/ a.js`)),
      failed(bash("pytest -q"), `E ${n}\nFAILED t.py::test_a\n1 failed in ${n}.1s`),
    ];
    expect(seenAfter(...times(5, byShell))).toBe("no_progress nudge");
  });

  test("are seen also where single tests are run in between", () => {
    const some = (n: number) => [
      ...round(n),
      succeeded(bash("node --test a.test.js"), `not ok 1 - adds\nlooked at ${n}`),
    ];
    expect(seenAfter(...times(5, some).slice(0, -1))).toBe("no_progress nudge");
  });

  test("count from the last new reason on", () => {
    const failing = (words: string) => failed(test1, `${words}\n# pass 2\n# fail 1\n[exit code 1]`);
    const reasons = ["TypeError: f is not a function", "Error: no table", "AssertionError: 3 == 4"];
    const steps = (n: number) => [succeeded(edit(n)), failing(reasons[Math.min(n, 2)] ?? "")];
    expect(seenAfter(...times(6, steps))).toBeUndefined();
    expect(seenAfter(...times(7, steps))).toBe("no_progress nudge");
    // Back and forth is none, nor is another number.
    const back = (n: number) => [succeeded(edit(n)), failing(`${reasons[n % 2]} ${n}`)];
    expect(seenAfter(...times(6, back))).toBe("no_progress nudge");
  });

  test.each([
    ["by pytest", bash("pytest -q 2>&1 | tail -20"), "ERROR root:x.py:3 refused, as expected\n3 passed in 0.1s"],
    ["by jest", bash("npx jest"), "PASS a.test.js\n  ● Console\n\n    console.log\n\nTests:       5 passed, 5 total"],
    ["by a runner without counts", bash("go test ./..."), "ERROR: refused, as expected\nok  shop 0.1s"],
    ["by no runner", bash("grep -rn pytest docs; true"), "ERROR"],
  ])("are not those that are green and print errors, %s", (_, call, text) => {
    expect(everSeen(...times(12, (n) => [succeeded(edit(n)), succeeded(call, text)]))).toEqual([]);
  });

  test.each([
    [
      "another reason is told each time",
      times(9, (n) => [succeeded(edit(n)), failed(test1, `${"ABCDEFGHI"[n]}Error: no\n# fail 1\n[exit code 1]`)]),
    ],
    [
      "one more passes each time",
      times(9, (n) => [succeeded(edit(n)), red(`not ok 3 - adds\n# pass ${n}\n# fail 1`, n)]),
    ],
    [
      "others fail each time",
      times(9, (n) => [succeeded(edit(n)), red(`not ok 3 - adds ${"abcdefghi"[n]}\n# fail 1`, n)]),
    ],
    [
      "they are green now and then",
      times(9, (n) => [
        succeeded(edit(n)),
        n % 4 === 3 ? succeeded(bash("npm test 2>&1 | tail -40"), "# pass 3\n# fail 0") : red(undefined, n),
      ]),
    ],
    ["they are green all the time", times(12, (n) => [succeeded(edit(n)), succeeded(test1, `3 passed in ${n}.2s`)])],
    [
      "nothing is changed between them, since it is being looked for",
      times(9, (n) => [succeeded(bash(`grep -n ${n} a.js`), `${n}`), red(undefined, n)]),
    ],
  ])("are no pattern where %s", (_, steps) => {
    expect(everSeen(...steps)).toEqual([]);
  });
});
