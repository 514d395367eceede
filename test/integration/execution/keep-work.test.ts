import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Command } from "../../../src/domain/command.ts";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { EnsureBranch, Forge } from "../../../src/domain/forge.ts";
import type { AssistantMessage } from "../../../src/domain/message.ts";
import type { ModelRequest } from "../../../src/domain/model.ts";
import { findBegunWork } from "../../../src/execution/coding/begun-work.ts";
import { obeyCommand } from "../../../src/execution/commands/obey-command.ts";
import { abandonRun, executeRun } from "../../../src/execution/execute-run.ts";
import type { Factory } from "../../../src/execution/workflow.ts";
import { accept } from "../../../src/store/accept.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { getRun } from "../../../src/store/runs.ts";
import { startRun } from "../../../src/store/start-run.ts";
import { getTicket } from "../../../src/store/tickets.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel, saying } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let repository: BareMirror;
let issue = 5000;
beforeAll(async () => {
  store = await testDatabase();
  repository = bareMirror({
    "a.txt": "empty\n",
    "package.json": JSON.stringify({ scripts: { test: "! grep -n wrong a.txt" } }),
  });
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const bash = (command: string) => calling(aCall("bash", { command }));
const wrong = bash("echo wrong > a.txt");
const submit = calling(aCall("submit", { title: "Try", what: "It is tried.", why: "It was wanted." }));
const keyIsWrong = new NightshiftError("model_refused", "The key is wrong. Set ITS_KEY.");
const down = new NightshiftError("model_unavailable", "It is down.", { retryable: true });

/** A run whose coder replies so, and whose model then does something else. */
async function aRun(
  replies: readonly AssistantMessage[],
  then: (request: ModelRequest, signal: AbortSignal, runId: string) => Promise<AssistantMessage>,
) {
  issue += 1;
  const played = playedModel(replies, free);
  const model: typeof played = {
    ...played,
    complete: (request, options) =>
      played.requests.length < replies.length
        ? played.complete(request, options)
        : then(request, options.signal, current ?? run.runId),
  };
  let current: string | undefined;
  const pushed: string[] = [];
  const forge = { ensureBranch: async ({ branch }: { readonly branch: string }) => void pushed.push(branch) };
  const run = await aQueuedRun({ store, repository, issue, models: modelsOf(model), forge });
  const last = () =>
    executeRun(run.runId, run.factory, { signal: new AbortController().signal, attempt: 1, lastAttempt: true });
  const follow = (runId: string) => {
    current = runId;
  };
  return { ...run, pushed, last, follow };
}

const refusing = async () => {
  throw keyIsWrong;
};
/** As when a person tells it to stop while the model thinks. */
const stopping = async (_: ModelRequest, signal: AbortSignal, runId: string) => {
  await store.db.updateTable("runs").set({ stopAskedBy: "bob" }).where("id", "=", runId).execute();
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  throw new NightshiftError("cancelled", "A model call was cancelled.");
};

describe("a run that fails for good", () => {
  test("leaves what its earlier rounds had come to as a draft, and the issue says where", async () => {
    const run = await aRun([wrong, submit], refusing);
    await run.attempt();
    expect(await run.status()).toBe("failed");
    expect(run.pushed).toHaveLength(1);
    expect(run.pulls).toEqual([expect.objectContaining({ draft: true, title: "fix: Try" })]);
    expect(run.pulls[0]?.body).toMatch(/^> \[!WARNING\]\n> The run failed, .*\n\n## What\n\n> It is tried\./);
    expect(run.comment()).toContain(
      "The key is wrong. Set ITS_KEY.\n\nWhat was done until then is kept as a draft, https://forge.test/pull/7, unproven.",
    );
  });

  test("has nothing to leave where nothing was done, and says what is wrong", async () => {
    const run = await aRun([], refusing);
    await run.attempt();
    expect(await run.status()).toBe("failed");
    expect({ pushed: run.pushed, pulls: run.pulls }).toEqual({ pushed: [], pulls: [] });
    expect(run.comment()).toContain("The key is wrong. Set ITS_KEY.");
    expect(run.comment()).not.toContain("until then");
  });

  test("because its worker died again and again leaves it as well", async () => {
    const run = await aRun([wrong, submit], async () => {
      throw down;
    });
    await expect(run.attempt()).rejects.toBe(down);
    await abandonRun(run.runId, run.factory);
    expect(await run.status()).toBe("failed");
    expect(run.pulls).toEqual([expect.objectContaining({ draft: true })]);
  });
});

test("a provider that does not come back ends the work, and what there is of it is tested and kept as a draft", async () => {
  const run = await aRun([bash("echo half > a.txt")], async () => {
    throw down;
  });
  await expect(run.attempt()).rejects.toBe(down);
  expect(run.pulls).toEqual([]);
  await run.last();
  expect(await run.status()).toBe("needs_human");
  expect(run.pulls).toEqual([expect.objectContaining({ draft: true })]);
  expect(run.pulls[0]?.body).toContain("> The work is unfinished, It is down.");
});

describe.each([
  ["a stop", stopping, "cancelled"],
  ["a fatal error", refusing, "failed"],
] as const)("%s never pushes", (_, then, status) => {
  test.each([
    ["a workflow", "mkdir -p .github/workflows && echo on > .github/workflows/ci.yml", ".github/workflows/ci.yml"],
    ["a token", `echo '// ghp_'${"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6"} >> a.txt`, "a.txt:2"],
  ])("%s", async (_name, act, place) => {
    const run = await aRun([wrong, bash(act), submit], then);
    await run.attempt();
    expect(await run.status()).toBe(status);
    expect({ pushed: run.pushed, pulls: run.pulls }).toEqual({ pushed: [], pulls: [] });
    expect(run.comment()).toContain(`What was done until then was not pushed:\n- \`${place}\`: `);
  });

  test("nothing where nothing forbids it, but what was done", async () => {
    const run = await aRun([wrong, submit], then);
    await run.attempt();
    expect(run.pushed).toHaveLength(1);
    expect(run.comment()).toContain("unproven.");
  });
});

test("a stop in the first round checks what was done by the rules as well", async () => {
  const act = "mkdir -p .github/workflows && echo on > .github/workflows/ci.yml";
  const run = await aRun([saying("I begin."), bash(act)], stopping);
  await run.attempt();
  expect(await run.status()).toBe("cancelled");
  expect(run.pushed).toEqual([]);
  expect(run.comment()).toContain("What was done until then was not pushed:\n- `.github/workflows/ci.yml`: ");
});

test("what a stop leaves on the branch of a pull request that was ready makes it a draft again", async () => {
  const run = await aRun([bash("echo right > a.txt"), submit, bash("echo half > a.txt")], stopping);
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(run.pulls.at(-1)).toMatchObject({ draft: false });

  const { ticketId } = await getRun(store.db, run.runId);
  const again = await store.db.transaction().execute(async (tx) => {
    const ticket = await getTicket(tx, ticketId);
    return await startRun(tx, ticket, { by: ticket.requestedBy }, async () => undefined);
  });
  const options = { signal: new AbortController().signal, attempt: 0, lastAttempt: false };
  run.follow(again ?? "");
  await executeRun(again ?? "", run.factory, options);
  expect((await getRun(store.db, again ?? "")).status).toBe("cancelled");
  expect(run.pushed).toHaveLength(2);
  expect(run.pulls.at(-1)).toMatchObject({ draft: true });
  expect(run.pulls.at(-1)?.body).toMatch(
    /^> \[!WARNING\]\n> The run was stopped, and this is what it had come to\. Nobody/,
  );
  expect(run.comment()).toContain("What was done until then is kept as a draft, https://forge.test/pull/7, unproven.");
});

test("a stop after a worker's death keeps what the round under way had done", async () => {
  const once = playedModel([calling(aCall("bash", { command: "echo half > a.txt" }))]);
  const dying = {
    ...once,
    complete: async (...args: Parameters<typeof once.complete>) => {
      if (once.requests.length === 1) throw new NightshiftError("model_unavailable", "Gone.", { retryable: true });
      return await once.complete(...args);
    },
  };
  const says = { test: "true", triage: "never" };
  const settings = { budget: { ticket_usd: 100 } };
  const pushed: EnsureBranch[] = [];
  const forge = { ensureBranch: async (request: EnsureBranch) => void pushed.push(request) };
  const run = await aQueuedRun({ store, repository, issue: 4999, models: modelsOf(dying), says, settings, forge });
  const { ticketId } = await getRun(store.db, run.runId);
  await expect(run.attempt()).rejects.toMatchObject({ code: "model_unavailable" });
  await store.db.updateTable("runs").set({ stopAskedBy: "bob" }).where("id", "=", run.runId).execute();
  await run.attempt(1);

  expect(await run.status()).toBe("cancelled");
  expect(run.comment()).toContain("Stopped by @bob. What was done until then is on the branch");
  expect(await Promise.all(pushed.map(pushedText))).toEqual(["half\n"]);
  // A run that goes on finds it as what was pushed.
  const ticket = await getTicket(store.db, ticketId);
  const goingOn = { factory: run.factory, ticket, run: { ...(await getRun(store.db, run.runId)), goesOn: true } };
  expect(await findBegunWork(goingOn)).toMatchObject({ change: { headSha: ticket.headSha } });
});

/** What `a.txt` says in what was pushed. */
async function pushedText({ change }: EnsureBranch): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kept-"));
  const bundle = join(folder, "change.bundle");
  await writeFile(bundle, change.bundle);
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", repository.path, ...args], { encoding: "utf8" });
  git("fetch", "--quiet", bundle, "refs/heads/change");
  await rm(folder, { recursive: true });
  return git("show", "FETCH_HEAD:a.txt");
}

describe("a run that waits for people", () => {
  const ask = calling(aCall("ask_human", { question: "Up?" }));
  const plan = calling(aCall("submit", { goal: "Better.", steps: [{ what: "Write it." }] }));

  /** One that has asked, and what people then tell it, as a worker obeys it. */
  async function anAskingRun(
    replies: readonly AssistantMessage[],
    { says, forge: over }: { readonly says?: object; readonly forge?: Partial<Forge> } = {},
  ) {
    issue += 1;
    const [pushed, jobs] = [[] as EnsureBranch[], [] as string[]];
    const forge: Partial<Forge> = { ensureBranch: async (request) => void pushed.push(request), ...over };
    const models = modelsOf(playedModel(replies, free));
    const run = await aQueuedRun({ store, repository, issue, models, forge, says: { triage: "never", ...says } });
    const factory: Factory = { ...run.factory, askPeople: true };
    const at = { repo: anIntent().repo, number: issue, by: { login: "bob", id: 12 } };
    const attempt = async (runId: string) => {
      const { signal } = new AbortController();
      await executeRun(runId, factory, { signal, attempt: 0, lastAttempt: true });
    };
    await attempt(run.runId);
    const tell = async (command: Command) => {
      const comment = jobs.length + 1;
      const asked = { type: "command", ...at, comment, command } as const;
      const accepted = await accept(store.db, aDelivery(`told-${issue}-${comment}`), asked, async () => undefined);
      if (accepted.status !== "command_queued") return expect.unreachable(accepted.status);
      await obeyCommand(
        accepted.commandId,
        factory,
        async (_, job) => void (job.type === "run" && jobs.push(job.runId)),
      );
    };
    const state = async () => (await getTicket(store.db, (await getRun(store.db, run.runId)).ticketId)).state;
    return { ...run, pushed, jobs, attempt, tell, state };
  }

  const checkpoints = async () =>
    await store.db.selectFrom("artifacts").select("hash").where("kind", "=", "checkpoint").execute();

  test("keeps what was done on the branch when it is stopped", async () => {
    const run = await anAskingRun([bash("echo half > a.txt"), ask]);
    expect(await run.state()).toBe("waiting");
    expect(await checkpoints()).toHaveLength(1);
    await run.tell({ verb: "stop" });
    expect(run.jobs).toEqual([run.runId]);
    await run.attempt(run.runId);

    expect(await Promise.all(run.pushed.map(pushedText))).toEqual(["half\n"]);
    expect({ run: await run.status(), ticket: await run.state() }).toEqual({ run: "cancelled", ticket: "cancelled" });
    expect(run.comment()).toMatch(
      /^Cancelled: Stopped by @bob\. What was done until then is on the branch `.*`, unproven\./,
    );
    expect(await checkpoints()).toEqual([]);
  });

  test("keeps it as well when it was answered and nobody has gone on yet, by the settings it was admitted with", async () => {
    const says = { protected_branches: ["stable"] };
    const run = await anAskingRun([bash("echo half > a.txt"), ask], { says });
    await run.tell({ verb: "reply", text: "Up.", byAuthor: false });
    await run.tell({ verb: "stop" });
    const [next = ""] = run.jobs;
    await run.attempt(next);
    expect(await Promise.all(run.pushed.map(pushedText))).toEqual(["half\n"]);
    expect(run.pushed[0]?.protectedBranches).toContain("stable");
    expect(await getRun(store.db, next)).toMatchObject({ status: "cancelled" });
    expect(await checkpoints()).toEqual([]);
  });

  test("keeps it when it is stopped while its question is told", async () => {
    const forge: Partial<Forge> = {
      ensureComment: async (_repo, _issue, marker) => {
        if (marker.startsWith("asked-")) await store.db.updateTable("runs").set({ stopAskedBy: "bob" }).execute();
        return { url: "" };
      },
    };
    const run = await anAskingRun([bash("echo half > a.txt"), ask], { forge });
    expect(await Promise.all(run.pushed.map(pushedText))).toEqual(["half\n"]);
    expect(await run.state()).toBe("cancelled");
    expect(await checkpoints()).toEqual([]);
  });

  test("has nothing to keep where only its plan waits, and its issue says no more that it waits", async () => {
    const run = await anAskingRun([plan], { says: { approval: "required" } });
    expect(run.comment()).toMatch(/^Nightshift waits for its plan to be approved/);
    await run.tell({ verb: "stop" });
    await run.attempt(run.runId);
    expect(run.pushed).toEqual([]);
    expect(run.comment()).toMatch(/^Cancelled: Stopped by @bob\. Nothing had been changed\./);
    expect(await run.state()).toBe("cancelled");
  });
});
