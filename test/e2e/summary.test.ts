import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { modelScript, type TurnScript } from "../../src/playground/model/model-script.ts";
import { startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import { findLatestRun } from "../../src/store/runs.ts";
import { handIn, smallShop } from "../support/small-shop.ts";
import { solveRig } from "../support/solve-rig.ts";

const secret = `ghp_${"0123456789".repeat(4)}`;
const look = (n: number, input: number): TurnScript => ({
  reply: {
    text: `Look ${n}: ${"Nothing here that would tell more. ".repeat(60)}`,
    tool_calls: [{ name: "bash", arguments: { command: `wc -c sum.js # ${n}` } }],
    usage: { input, output: 500 },
  },
});
const notes: TurnScript = {
  expect: { last_includes: ["Call no tool now."], tools: ["bash", "submit"] },
  reply: {
    text: JSON.stringify({
      goal: "sum([1, 2]) is 3",
      done: ["Read sum.js"],
      open: ["Begin with 0 in sum.js"],
      state: [`sum.js begins with 1; a stray ${secret} was printed`],
      tests: ["npm test: 1 fails"],
      decisions: [],
    }),
    usage: { input: 20_500, output: 300 },
  },
};
const mend = (n: number): TurnScript => ({
  reply: {
    tool_calls: [{ name: "bash", arguments: { command: `sed -i 's/a + b, 1) - 2/a + b, 0)/' sum.js # ${n}` } }],
    usage: { input: 100, output: 50 },
  },
});

test("a coder near its model's window goes on with a summary, which is paid, shown, replayed and exported", async () => {
  // By what the model counts, the sixteenth request comes near to what it takes.
  const before = Array.from({ length: 16 }, (_, at) => look(at + 1, at === 15 ? 20_000 : 100));
  const after = {
    when: { first_includes: ["of your work on this task are no longer shown", "- Begin with 0 in sum.js"] },
    // However many turns the summary leaves.
    turns: [...Array.from({ length: 12 }, (_, at) => mend(at)), handIn],
  };
  const script = { conversations: [after, { turns: [...before, notes] }] };
  await using rig = await solveRig({ files: smallShop, script });
  const settings = join(rig.cwd, "nightshift.yaml");
  const written = await readFile(settings, "utf8");
  await writeFile(settings, written.replace("model: scripted,", "model: scripted, context_tokens: 40000,"));

  const solved = await rig.run("solve", "--repo", rig.repository, "--title", "Sum is wrong", "--body", "It is 2.");
  expect([rig.model.complaints, solved.code], solved.stderr).toEqual([[], 0]);
  expect(solved.stderr).toMatch(/summary {3}of turns 1 to \d+: some [\d,]+ tokens instead of 2\d,\d{3}\n/);

  const { id } = await findLatestRun(rig.store.db);
  const exported = await rig.run("logs", id, "--export", "record");
  expect(exported.stdout).toContain("turns/summaries-of-code.jsonl");
  const file = (name: string) => readFile(join(rig.cwd, "record", name), "utf8");
  const [summary, ...more] = (await file("turns/summaries-of-code.jsonl")).trim().split("\n");
  expect(more).toEqual([]);
  expect(JSON.parse(summary ?? "")).toMatchObject({
    after_turn: 16,
    cost_usd: (20_500 * 3 + 300 * 15) / 1e6,
    summary: { state: ["sum.js begins with 1; a stray [redacted GitHub token] was printed"] },
  });
  const turns = (await file("turns/code.jsonl")).trim().split("\n").length - 1;
  const calls = await rig.store.db.selectFrom("ledger").selectAll().where("runId", "=", id).execute();
  expect(calls).toHaveLength(turns + 1);
  const { cost_usd, ...record } = JSON.parse(await file("run-record.json"));
  expect(record).toMatchObject({ turns, status: "succeeded" });
  expect(cost_usd).toBeCloseTo(
    calls.reduce((sum, { settledUsd }) => sum + (settledUsd ?? 0), 0),
    10,
  );

  const replayed = await rig.run("replay", id);
  expect(replayed).toMatchObject({ code: 0, stdout: `Run ${id}\ncode: ${turns} turns, asked the same today.\n` });

  // As a script it makes a model say all of it again, the notes as well.
  expect((await rig.run("replay", id, "--script", "run.yaml")).code).toBe(0);
  const again = modelScript.parse(parse(await readFile(join(rig.cwd, "run.yaml"), "utf8")));
  await using second = await startScriptedModel({ script: again });
  await writeFile(
    settings,
    (await readFile(settings, "utf8")).replace(rig.model.anthropicBaseUrl, second.anthropicBaseUrl),
  );
  const title = ["--title", "Sum is wrong", "--body", "It is 2."] as const;
  rig.git("update-ref", "-d", "refs/heads/fix/sum-is-wrong");
  const resolved = await rig.run("solve", "--repo", rig.repository, ...title);
  expect([second.complaints, resolved.code], resolved.stderr).toEqual([[], 0]);
  expect(second.requests).toHaveLength(turns + 1);
});
