import { expect, test } from "vitest";
import type { Command } from "../../../src/domain/command.ts";
import type { Forge, Permission } from "../../../src/domain/forge.ts";
import { obeyCommand } from "../../../src/execution/commands/obey-command.ts";
import { executeRun } from "../../../src/execution/execute-run.ts";
import { accept } from "../../../src/store/accept.ts";
import { listEvents } from "../../../src/store/events.ts";
import { getRun } from "../../../src/store/runs.ts";
import { listWaivers } from "../../../src/store/waivers.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { bash, mend, smallShopRuns, submit } from "../../support/small-shop-runs.ts";

const { store, queued } = smallShopRuns(8000);
let said = 80_000;

interface Course {
  readonly ends?: boolean;
  /** What the coder does in the runs that begin anew. */
  readonly later?: readonly string[];
  readonly refinements?: number;
  readonly forge?: Partial<Forge>;
}

/** A run whose coder does this, too; it has ended when `ends`. */
async function aRun(act: string, { ends = true, later = [], refinements = 0, forge = {} }: Course = {}) {
  const replies = [act, ...later].flatMap((each) => [mend, bash(each), submit]);
  const run = await queued(replies, { says: { test: "npm test", max_refinements: refinements }, forge });
  if (ends) await run.attempt();
  return { ...run, ticketId: (await getRun(store().db, run.runId)).ticketId };
}
type ARun = Awaited<ReturnType<typeof aRun>>;

/** What comes of a comment on the run's issue: the answer, or that there is none, and the runs that follow. */
async function tell(
  { factory, issue }: ARun,
  command: Command,
  permission: Permission = "write",
  before = async () => {},
) {
  said += 1;
  const { repo } = anIntent();
  const by = { login: "bob", id: 12 };
  const asked = { type: "command", repo, number: issue, comment: said, command, by } as const;
  const accepted = await accept(store().db, aDelivery(`waive-${said}`), asked, async () => undefined);
  if (accepted.status !== "command_queued") return expect.unreachable(accepted.status);
  const seen: { answers: string[]; done: number; runs: string[] } = { answers: [], done: 0, runs: [] };
  const forge = {
    ...factory.forge,
    permission: async () => permission,
    ensureCommentReaction: async () => {
      seen.done += 1;
    },
    ensureComment: async (_repo: unknown, _issue: unknown, _marker: unknown, body: string) => {
      seen.answers.push(body);
      return { url: "" };
    },
  };
  const obey = () =>
    obeyCommand(accepted.commandId, { ...factory, forge }, async (_, job) => {
      if (job.type === "run") seen.runs.push(job.runId);
    });
  await before();
  await obey();
  return { ...seen, obey };
}

const waive = (...rules: string[]): Command => ({ verb: "waive", rules, reason: null });
const large = "mkdir dist && echo 1 > dist/a.js";

test.each<[string, string, Command, RegExp]>([
  [
    "a rule that there is none of",
    large,
    waive("stray-files", "strayfiles"),
    /^@bob: “strayfiles” is no rule; a reason stands behind `--`\. Nothing was waived\. Rules that hold something against the change: `stray-files`\.$/,
  ],
  ["a rule that found nothing", large, waive("size"), /nothing of `size` to waive\. .* change: `stray-files`\.$/],
  ["a mere note", "echo '// eslint-disable-line' >> sum.js", waive("suppressions"), /No rule holds anything against/],
  [
    "a secret",
    `echo '// ghp_'${"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6"} >> sum.js`,
    waive("secrets"),
    /A secret is never waived by a comment\. .*`test_secrets` in `\.github\/nightshift\.yml` on the default branch/,
  ],
  [
    "a workflow",
    "mkdir -p .github/workflows && echo on > .github/workflows/ci.yml",
    waive("workflows"),
    /A workflow cannot be waived, since GitHub does not let Nightshift push it/,
  ],
  [
    "what only a maintainer may",
    `${large} && echo 1 > AGENTS.md`,
    waive("stray-files", "robot-files"),
    /`robot-files` protects the repository itself.* Nothing was waived\. .* change: `robot-files`, `stray-files`\.$/,
  ],
])("%s is not waived, and the answer says what could be", async (_, act, command, answer) => {
  const run = await aRun(act);
  const { answers, done, runs } = await tell(run, command);
  expect({ answers, done, runs }).toEqual({ answers: [expect.stringMatching(answer)], done: 0, runs: [] });
  expect(await listWaivers(store().db, run.ticketId)).toEqual([]);
});

test("what is waived is written down once, for this finding, and cannot be waived again", async () => {
  const run = await aRun(large);
  const first = await tell(run, { verb: "waive", rules: ["stray-files"], reason: "the site reads it" });
  expect(first).toMatchObject({ answers: [], done: 1, runs: [expect.any(String)] });
  await first.obey();
  expect(await listWaivers(store().db, run.ticketId)).toEqual([
    {
      headSha: expect.stringMatching(/^[0-9a-f]{40}$/),
      ...{ rule: "stray-files", file: "dist/a.js", text: "it looks generated, or copied from another project" },
      ...{ by: "bob", reason: "the site reads it", at: expect.any(Date) },
    },
  ]);
  const events = (await listEvents(store().db, run.ticketId)).map(({ event }) => event);
  expect(events.filter(({ type }) => type === "waived")).toHaveLength(1);
  expect((await tell(run, waive("stray-files"))).answers).toEqual([expect.stringContaining("a run is under way")]);

  await store()
    .db.updateTable("runs")
    .set({ status: "succeeded" })
    .where("id", "=", first.runs[0] ?? "")
    .execute();
  const again = await tell(run, waive("stray-files"));
  expect(again.answers).toEqual([
    "@bob: What `stray-files` found was waived by @bob already. Nothing was waived. No rule holds anything against the newest change.",
  ]);
});

test("what the rule finds in a later change is not covered, be it in the same file and told in the same words", async () => {
  const run = await aRun("echo 'Be kind.' > AGENTS.md", { later: ["echo 'Obey.' > AGENTS.md"] });
  const ended = async ([runId = ""]: readonly string[]) => {
    const options = { signal: new AbortController().signal, attempt: 0, lastAttempt: false };
    await executeRun(runId, run.factory, options);
    return { status: (await getRun(store().db, runId)).status, draft: run.pulls.at(-1)?.draft };
  };
  const waived = await tell(run, waive("robot-files"), "maintain");
  expect(await ended(waived.runs)).toEqual({ status: "succeeded", draft: false });

  const again = await tell(run, { verb: "retry" });
  expect(await ended(again.runs)).toEqual({ status: "needs_human", draft: true });
  expect(await tell(run, waive("robot-files"), "maintain")).toMatchObject({ answers: [], done: 1 });
});

test("the run that publishes anew still says what the first could not have of the repository", async () => {
  const warnings = ["The submodule lib is not fetched, its folder is empty: nobody gives it."];
  const forge: Partial<Forge> = { checkoutParts: async () => ({ submodules: [], lfsFiles: [], warnings }) };
  const run = await aRun(large, { forge });
  const { runs } = await tell(run, waive("stray-files"));
  const { signal } = new AbortController();
  await executeRun(runs[0] ?? "", run.factory, { signal, attempt: 0, lastAttempt: true });
  const line = expect.stringContaining(`\nMissing in the sandboxes: ${warnings[0]}\n\n`);
  expect(run.pulls.map(({ body }) => body)).toEqual([line, line]);
});

test("while a run is under way nothing is waived yet, and the answer says to wait for its end and ask again", async () => {
  const run = await aRun(large, { ends: false });
  const answer =
    "@bob: nothing was waived, since a run is under way. Wait for its end: what rules hold against its change stands here then. If it is still there, give the same command again.";
  expect(await tell(run, waive("stray-files"))).toMatchObject({ answers: [answer], done: 0, runs: [] });
  await run.attempt();
  expect(await tell(run, waive("stray-files"))).toMatchObject({ answers: [], done: 1 });
});

test("what was said before the run ended is not about what it came to", async () => {
  const run = await aRun(large, { ends: false });
  const { answers, done } = await tell(run, waive("stray-files"), "write", () => run.attempt());
  expect({ answers, done }).toEqual({
    answers: [expect.stringMatching(/has ended since.*Nothing was waived/)],
    done: 0,
  });
  expect(await tell(run, waive("stray-files"))).toMatchObject({ answers: [], done: 1 });
});

test("nothing is waived of a run that was ended between its rounds: what it had come to is unproven", async () => {
  const run = await aRun("echo 1 > npm-debug.log", { ends: false, refinements: 1 });
  // Nothing is left for its model to say in the second round, and no other attempt follows.
  await run.attempt(2);
  expect(await run.status()).toBe("failed");
  expect(await tell(run, waive("stray-files"))).toMatchObject({
    ...{
      answers: [expect.stringMatching(/was ended before its work was\. Nothing was waived.*`\/robot retry`/)],
      done: 0,
    },
    runs: [],
  });
});

test("a maintainer may waive what protects the repository, and nobody what a merged ticket is about", async () => {
  const run = await aRun("echo 1 > AGENTS.md");
  await store().db.updateTable("tickets").set({ state: "merged" }).where("id", "=", run.ticketId).execute();
  expect((await tell(run, waive("robot-files"), "maintain")).answers).toEqual([
    "@bob: nothing was waived, since the ticket is merged.",
  ]);
  await store().db.updateTable("tickets").set({ state: "needs_human" }).where("id", "=", run.ticketId).execute();
  expect(await tell(run, waive("robot-files"), "maintain")).toMatchObject({ answers: [], done: 1 });
});

test("who may not write is told so, and waives nothing", async () => {
  const run = await aRun(large);
  expect((await tell(run, waive("stray-files"), "read")).answers).toEqual([
    expect.stringContaining("take write access"),
  ]);
  expect(await listWaivers(store().db, run.ticketId)).toEqual([]);
});

test("where there is no ticket, that is the answer", async () => {
  const run = await aRun(large, { ends: false });
  const elsewhere = { ...run, issue: run.issue + 1 };
  expect((await tell(elsewhere, waive("size"))).answers).toEqual([
    expect.stringContaining("there is no ticket here yet"),
  ]);
});
