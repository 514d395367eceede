import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { runRecord } from "../../src/domain/run-record.ts";
import { comparison } from "../../src/domain/test-report.ts";
import type { TurnScript } from "../../src/playground/model/model-script.ts";
import { findLatestRun } from "../../src/store/runs.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";
import { solveRig } from "../support/solve-rig.ts";

const branch = "fix/sum-is-wrong";
const secret = `ghp_${"0123456789".repeat(4)}`;
const say: TurnScript = {
  reply: { tool_calls: [{ name: "bash", arguments: { command: `echo ${secret}; cat sum.js` } }] },
};
const events = z.object({ run: z.uuid(), status: z.string(), events: z.array(z.looseObject({ type: z.string() })) });
const runList = z.object({ runs: z.array(z.looseObject({ id: z.uuid() })) });

test("a run's record can be followed, listed and exported", async () => {
  await using rig = await solveRig({ files: smallShop, script: { turns: [say, fixSum, handIn] } });
  const solving = rig.start("solve", "--repo", rig.repository, "--title", "Sum is wrong", "--body", "It is 2.");
  const { promise: begun, resolve } = Promise.withResolvers<string>();
  solving.child.stderr?.on("data", (chunk: string) => {
    const id = /run ([0-9a-f-]{36})/.exec(chunk)?.[1];
    if (id !== undefined) resolve(id);
  });
  const followed = await rig.run("logs", await begun, "--follow");
  const solved = await solving.ended;
  expect([rig.model.complaints, solved.code], solved.stderr).toEqual([[], 0]);
  const { id } = await findLatestRun(rig.store.db);

  const whole = await rig.run("logs", id.slice(0, 6));
  expect(followed).toEqual({ code: 0, stdout: whole.stdout, stderr: "" });
  expect(whole.stderr).toBe(`Run ${id}: succeeded.\n`);
  expect(whole.stdout).toContain("s  ticket    ");
  expect(whole.stdout).toContain(`s  run       succeeded: ${branch}\n`);
  const read = events.parse(JSON.parse((await rig.run("logs", id, "--json")).stdout));
  expect(read).toMatchObject({ run: id, status: "succeeded" });
  expect(read.events.map(({ type }) => type)).toEqual(expect.arrayContaining(["ticket_queued", "run_ended"]));

  const listed = runList.parse(JSON.parse((await rig.run("runs", "--json")).stdout));
  const { turns, cost_usd } = runRecord.parse(
    JSON.parse(await readFile(join(rig.cwd, ".nightshift/runs", id, "run-record.json"), "utf8")),
  );
  expect({ turns, runs: listed.runs }).toMatchObject({
    turns: 3,
    runs: [{ id, status: "succeeded", title: "Sum is wrong", branch, cost_usd }],
  });

  const exported = await rig.run("logs", id, "--export", "record");
  expect(exported.code, exported.stderr).toBe(0);
  const file = (name: string) => readFile(join(rig.cwd, "record", name), "utf8");
  const names = [
    "README.md",
    "change.bundle",
    "change.diff",
    "cost.json",
    "events.jsonl",
    "pull-request.md",
    "reports/round-1.json",
    "run-record.json",
    "settings.json",
    "steps.jsonl",
    "test_report.json",
    "ticket.json",
    "ticket.md",
    "turns/code.jsonl",
    "turns/code.md",
  ];
  expect(
    exported.stdout
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim())
      .toSorted(),
  ).toEqual(names);
  expect(await file("change.diff")).toContain("+export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);\n");
  execFileSync("git", ["-C", rig.repository, "apply", "--check", join(rig.cwd, "record/change.diff")]);
  expect(comparison.parse(JSON.parse(await file("test_report.json")))).toMatchObject({
    passed: true,
    runs: [
      { on: "base", exit_code: 1 },
      { on: "head", exit_code: 0 },
    ],
    tests: [{ name: "two numbers add up", file: "sum.test.js", base: "failed", head: "passed", verdict: "mended" }],
  });
  expect(await file("ticket.md")).toBe("# Sum is wrong\n\nIt is 2.\n");
  expect(await file("README.md")).toMatch(/^# Sum is wrong\n\nRun .*: succeeded, 3 turns, .*\n\n- `ticket.md`: /s);
  expect(await file("turns/code.md")).toMatch(/^# code: 3 turns, .*## System prompt\n.*## Turn 3, .*\*\*submit\*\*/s);
  expect(await file("steps.jsonl")).toMatch(/^\{"name":"admit",.*\{"name":"outcome",/s);
  expect(await file("turns/code.jsonl")).toContain("[redacted GitHub token]");
  for (const name of names) expect(await file(name)).not.toContain(secret);

  await writeFile(join(rig.cwd, "record/mine"), "");
  expect(await rig.run("logs", id, "--export", "record")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is not empty"),
  });
  expect(await rig.run("logs", id, "--export", "record/mine")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^nightshift logs: The record cannot be written there: EEXIST.*\n$/),
  });
  expect(await rig.run("logs", id, "--follow", "--export", "other")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("It either follows a run or exports it."),
  });
  expect(await rig.run("logs", "")).toMatchObject({ code: 2, stderr: expect.stringContaining("No run is named.") });
  expect(await rig.run("logs", "nothing")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("There is no run nothing."),
  });
});
