import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { runAgent } from "../../../src/agent/run-agent.ts";
import { defineTool } from "../../../src/agent/tools/define-tool.ts";
import { agentRigs, answers, listing, submitting } from "../../support/agent-rig.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";

const { rig, sandbox, inWorkspace } = agentRigs();

test("an agent has one shell for all of its work, and what runs in it ends with it", async () => {
  const leave = calling(aCall("bash", { command: "sleep 300 & pid=$!" }));
  const { work, journal } = rig([leave, calling(aCall("bash", { command: "echo $pid" })), submitting]);
  await runAgent(work);
  const said = journal.turns[1]?.results;
  const pid = Number.parseInt(said?.role === "tool" ? (said.results[0]?.text ?? "") : "", 10);
  expect(pid).toBeGreaterThan(0);
  // A dead one stays in the table until it is collected.
  await expect.poll(() => isRunning(pid), { timeout: 30_000 }).toBe(false);
}, 40_000);

test("what a long command prints is told while it runs", async () => {
  let now = 0;
  const { work, told } = rig([calling(aCall("bash", { command: "echo hello" })), submitting], {
    clock: () => (now += 2_000),
    budget: { turns: 10, timeMs: 600_000 },
  });
  await runAgent(work);
  expect(told.slice(0, 3)).toMatchObject([
    { type: "turn_finished", n: 1 },
    { type: "output_streamed", n: 1, tool: "bash", text: "hello\n" },
    { type: "tool_finished", n: 1 },
  ]);
});

test("a plan is told of, whole, and changes nothing in the workspace", async () => {
  const items = [{ text: "Mend it", status: "doing" }];
  const { work, told, journal } = rig([calling(aCall("plan", { items })), submitting]);
  await runAgent(work);
  expect(told.slice(1, 3)).toMatchObject([
    { type: "tool_finished", n: 1, tool: "plan" },
    { type: "plan_updated", items },
  ]);
  expect(journal.changed).toEqual([]);
});

const given = z.strictObject({ what: z.string() });

test("any tool that is final ends the work", async () => {
  const give = defineTool<typeof given, { readonly what: string }>({
    name: "give",
    description: "Gives.",
    parameters: given,
    final: true,
    run: async (submitted) => ({ text: "Taken.", submitted }),
  });
  const { work } = rig([saying("Well."), calling(aCall("give", { what: "this" }))]);
  expect(await runAgent({ ...work, tools: [give] })).toMatchObject({
    status: "submitted",
    submission: { what: "this" },
  });
});

test("a lost sandbox ends the work with an error, and the turn stays recorded as paid", async () => {
  await sandbox()[Symbol.asyncDispose]();
  const { work, journal } = rig([listing]);
  await expect(runAgent(work)).rejects.toMatchObject({ code: "sandbox_lost", retryable: true });
  expect(journal.turns).toEqual([{ n: 1, reply: listing, results: undefined, costUsd: 0.1 }]);
});

test("an edit keeps to the file that was there", async () => {
  await writeFile(inWorkspace("a.txt"), "one\ntwo\n");
  const edit = calling(aCall("edit_file", { path: "a.txt", old_text: "two", new_text: "2" }));
  const { work, journal } = rig([edit, submitting]);
  await runAgent(work);
  expect(await readFile(inWorkspace("a.txt"), "utf8")).toBe("one\n2\n");
  expect(journal.turns[0]?.results).toEqual(answers({ name: "edit_file", text: "Edited a.txt at line 2." }));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
