import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { timelineLine } from "../../../src/cli/timeline.ts";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { AssistantMessage } from "../../../src/domain/message.ts";
import type { Model } from "../../../src/domain/model.ts";
import { redactor } from "../../../src/domain/redact.ts";
import { obeyCommand } from "../../../src/execution/commands/obey-command.ts";
import { readRecording } from "../../../src/execution/record/read-recording.ts";
import { replayRun } from "../../../src/execution/record/replay-run.ts";
import { accept } from "../../../src/store/accept.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { aQueuedRun, type QueuedRunParts } from "../../support/a-queued-run.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, type PlayedModel, playedModel, saying } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let repository: BareMirror;
let issue = 1000;
beforeAll(async () => {
  store = await testDatabase();
  // Green as long as nobody writes "wrong".
  const test = "for i in $(seq 60); do echo line $i; done; ! grep -n wrong a.txt";
  repository = bareMirror({ "a.txt": "empty\n", "package.json": JSON.stringify({ scripts: { test } }) });
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

const tenth = { input: 0, output: 1000, cacheRead: 0, cacheWrite: 0 };
const write = (text: string) => calling(aCall("bash", { command: `echo ${text} > a.txt` }));
const look = calling(aCall("bash", { command: "git status --short && cat a.txt" }));
const submit = (title: string, confidence?: number) =>
  calling(aCall("submit", { title, what: `${title}.`, why: "It was wanted.", ...(confidence && { confidence }) }));
const wrong = (title: string) => [write("wrong"), submit(title)];

const small = (...replies: readonly AssistantMessage[]) => playedModel(replies, tenth, "local/small");
const large = (...replies: readonly AssistantMessage[]) => playedModel(replies, tenth, "claude/large");
const judge = (text?: string) => playedModel(text === undefined ? [] : [saying(text)], tenth, "local/judge");
const easy = () => judge('{"type":"bug","complexity":0.2,"reason":"One place."}');

/** A run of a hybrid: the small model first, then the large one. */
async function aHybrid(
  code: readonly [Model, ...Model[]],
  of: Partial<QueuedRunParts> & { readonly triage?: PlayedModel } = {},
) {
  issue += 1;
  const { triage = easy(), settings, ...more } = of;
  // The longest answer would cost 16 USD.
  const rich = { budget: { ticket_usd: 100 }, ...settings };
  const models = modelsOf({ code, triage: [triage], planning: code, review: code });
  return await aQueuedRun({ store, repository, issue, models, settings: rich, ...more });
}

const replayed = async (runId: string) => await replayRun(await readRecording(store.db, runId), redactor([]));

const firstWords = (model: PlayedModel, request = 0) => {
  const [opening] = model.requests[request]?.messages ?? [];
  return opening?.role === "user" ? opening.text : "";
};

const decisions = ["assessed", "refining", "escalated"] as const;

test("a change that turns the tests red goes back to its model with what they printed, and on to one pull request", async () => {
  const model = small(...wrong("First try"), look, write("right"), submit("Second try"));
  const run = await aHybrid([model]);
  await run.attempt();

  expect(await run.status()).toBe("succeeded");
  expect(run.pulls).toHaveLength(1);
  expect(run.pulls[0]).toMatchObject({ title: "fix: Second try", draft: false });
  expect(run.told(...decisions)).toEqual([
    {
      ...{ type: "refining", round: 2, model: "local/small", refinement: 1, of: 2 },
      reason: "the tests fail with the change",
    },
  ]);

  const opening = firstWords(model, 2);
  for (const words of ["Solve this ticket.", "First try.", "`npm test` said:", "\nline 1\n", "[…]", "1:wrong"]) {
    expect(opening).toContain(words);
  }
  expect(opening.length).toBeLessThan(12_000);
  // It goes on with its change, and not as a commit.
  const seen = model.requests[3]?.messages.at(-1);
  expect(seen?.role === "tool" && seen.results[0]?.text).toBe(" M a.txt\nwrong\n[exit code 0]");
});

test("the base is looked at once for all rounds", async () => {
  const run = await aHybrid([small(...wrong("One"), ...wrong("Two"), write("right"), submit("Three"))]);
  await run.attempt();
  expect(run.told("tests_finished").map(({ on, passed }) => `${on} ${passed}`)).toEqual([
    ...["base true", "head false", "head false", "head true"],
  ]);
});

test("when a model's refinements do not help, the next one takes over, and one pull request says how it came about", async () => {
  const first = small(...wrong("One"), ...wrong("Two"));
  const second = large(look, write("right"), submit("Done"));
  const run = await aHybrid([first, second], { says: { test: "npm test", max_refinements: 1 } });
  await run.attempt();

  expect(await run.status()).toBe("succeeded");
  expect(first.requests).toHaveLength(4);
  expect(second.requests).toHaveLength(3);
  expect(run.told(...decisions)).toEqual([
    { type: "assessed", kind: "bug", complexity: 0.2, reason: "One place.", model: "local/small" },
    {
      ...{ type: "refining", round: 2, model: "local/small", refinement: 1, of: 1 },
      reason: "the tests fail with the change",
    },
    {
      ...{ type: "escalated", round: 3, from: "local/small", to: "claude/large", why: "tests" },
      reason: "the tests fail with the change",
    },
  ]);
  for (const words of [
    "Another agent worked on this ticket",
    "One.",
    "Two.",
    "This fails with it, in a clean sandbox:",
    "1:wrong",
  ]) {
    expect(firstWords(second)).toContain(words);
  }
  const seen = second.requests[1]?.messages.at(-1);
  expect(seen?.role === "tool" && seen.results[0]?.text).toContain(" M a.txt\nwrong\n");

  expect(run.pulls).toHaveLength(1);
  const [, runSection] = run.pulls[0]?.body.split("## Run\n\n") ?? [];
  expect(runSection).toMatchInlineSnapshot(`
    "| Model | Turns | Cost | Asked for by |
    |---|---|---|---|
    | \`local/small\` | 4 | $0.4000 | @ada |
    | \`claude/large\` | 3 | $0.3000 | @ada |

    | Step | Model | Calls | Cost |
    |---|---|---|---|
    | triage | \`local/judge\` | 1 | $0.1000 |
    | code | \`local/small\` | 2 | $0.2000 |
    | code 2 | \`local/small\` | 2 | $0.2000 |
    | code 3 | \`claude/large\` | 3 | $0.3000 |

    $0.8000 of the $100.00 that this ticket may cost.

    - Judged a bug of complexity 0.20 for $0.1000: One place.; \`local/small\` began
    - Round 1, \`local/small\`: 2 turns, $0.2000, the tests fail with the change; to be mended by the same model
    - Round 2, \`local/small\`: 2 turns, $0.2000, the tests fail with the change; the next model took over
    - Round 3, \`claude/large\`: 3 turns, $0.3000, the tests pass

    Closes #1003"
  `);
  expect(await run.record()).toMatchObject({
    ...{ status: "succeeded", turns: 7, model: "claude/large", cost_usd: expect.closeTo(0.8) },
    evidence: { base: { passed: true }, head: { passed: true } },
  });
});

test("where the route ends the work is kept as a draft, and a person is told what was tried", async () => {
  const run = await aHybrid([small(...wrong("One")), large(...wrong("Two"))], {
    says: { test: "npm test", max_refinements: 0 },
  });
  await run.attempt();
  expect(await run.status()).toBe("needs_human");
  expect(run.pulls).toEqual([expect.objectContaining({ title: "fix: Two", draft: true })]);
  expect(run.comment()).toContain(
    [
      "https://forge.test/pull/7 is a draft: the tests pass on the base and fail with this change.",
      "",
      "What was tried:",
      "",
      '1. `local/small`, 2 turns, $0.2000: it handed in "One". The tests fail with the change.',
      '2. `claude/large`, 2 turns, $0.2000: it handed in "Two". The tests fail with the change.',
    ].join("\n"),
  );
});

test("a model that is stuck hands over the workspace as it is, with what it came to", async () => {
  const failing = calling(aCall("bash", { command: "cat missing.txt" }));
  const second = large(look, submit("Done"));
  const run = await aHybrid([small(write("half"), failing, failing, failing, failing), second]);
  await run.attempt();

  expect(await run.status()).toBe("succeeded");
  expect(run.told("escalated")).toEqual([
    {
      ...{ type: "escalated", round: 2, from: "local/small", to: "claude/large", why: "stuck" },
      reason: "`bash` with `cat missing.txt` failed in the same way 4 times in a row",
    },
  ]);
  const seen = second.requests[1]?.messages.at(-1);
  expect(seen?.role === "tool" && seen.results[0]?.text).toContain(" M a.txt\nhalf\n");
});

test("a model that repeats itself is told so, and nothing else happens when that helps", async () => {
  const failing = calling(aCall("bash", { command: "cat missing.txt" }));
  const model = small(failing, failing, failing, write("right"), submit("Done"));
  const run = await aHybrid([model, large()]);
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(run.told("escalated")).toEqual([]);
  const [noted, ...more] = run.told("noted");
  expect([noted, more]).toMatchObject([{ n: 3, about: "repeating" }, []]);
  const read = model.requests[3]?.messages.at(-1);
  expect(read?.role === "tool" && read.results[0]?.text.split("\n\n").at(-1)).toBe(noted?.text);
  // The same again, wherever it is looked at.
  expect(timelineLine(noted ?? expect.unreachable())).toMatch(
    /^ {2}! repeating {2}you have called `bash` with `cat missing\.txt` 3 times in a row/,
  );
  expect(await replayed(run.runId)).toMatchObject([{ differences: [] }]);
});

test("when no model gets further, a person reads what each of them tried and how it ended", async () => {
  const failing = calling(aCall("bash", { command: "cat missing.txt" }));
  const [there, back] = [write("one"), write("two")];
  const circle = [there, back, there, back, there, back, there, back];
  const run = await aHybrid([small(...Array.from({ length: 4 }, () => failing)), large(...circle)]);
  await run.attempt();

  expect(await run.status()).toBe("needs_human");
  expect(run.told("noted").map(({ n, about }) => `${about} in ${n}`)).toEqual(["repeating in 3", "alternating in 6"]);
  expect(run.told("escalated")).toMatchObject([{ why: "stuck", to: "claude/large" }]);
  expect(run.pulls).toEqual([expect.objectContaining({ draft: true })]);
  expect(run.comment()).toContain(
    [
      "What was tried:",
      "",
      "1. `local/small`, 4 turns, $0.4000: stopped before anything was changed: `bash` with `cat missing.txt` failed in the same way 4 times in a row.",
      "2. `claude/large`, 8 turns, $0.8000: it was stopped, with its change kept: it went round in circles: `bash` with `echo one > a.txt`, `bash` with `echo two > a.txt`, 4 times with the same results. The tests pass.",
    ].join("\n"),
  );
  expect(await replayed(run.runId)).toMatchObject([{ differences: [] }, { differences: [] }]);
});

test("a model whose calls cannot be read hands over", async () => {
  const broken = calling(aCall("bash", '{"command": "ec'));
  const run = await aHybrid([small(broken, broken, broken), large(write("right"), submit("Done"))]);
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(run.told("escalated")).toMatchObject([{ why: "invalid", to: "claude/large" }]);
});

test("a model that reaches its part of the turns hands over, and the limit holds over the whole run", async () => {
  const second = large(look, look, look);
  const run = await aHybrid([small(look, look, look), second], { settings: { budget: { ticket_usd: 100, turns: 5 } } });
  await run.attempt();
  expect(await run.status()).toBe("needs_human");
  expect(run.told("escalated")).toMatchObject([
    { why: "turns", reason: expect.stringContaining("the limit of 3 turns") },
  ]);
  expect(second.requests).toHaveLength(2);
  expect(firstWords(second)).toContain("It holds no change yet.");
});

test("the budget holds over the whole run", async () => {
  // A triage answer and two turns are paid; the longest answer of the next turn, 16 USD, is not covered any more.
  const run = await aHybrid([small(...wrong("One")), large(look)], { settings: { budget: { ticket_usd: 16.25 } } });
  await run.attempt();
  expect(await run.status()).toBe("needs_human");
  expect(run.pulls[0]?.body).toContain("the ticket's budget of $16.25 does not cover another call ($0.3000 spent");
});

test("a budget that is raised while what the old one stopped is being closed is gone on with", async () => {
  const say = async () => {
    const command = { verb: "budget", usd: 40 } as const;
    const by = { login: "bob", id: 12 };
    const asked = { type: "command", repo: anIntent().repo, number: issue, comment: issue, command, by } as const;
    const accepted = await accept(store.db, aDelivery(`raise-${issue}`), asked, async () => undefined);
    if (accepted.status !== "command_queued") return expect.unreachable(accepted.status);
    await obeyCommand(accepted.commandId, run.factory, async () => expect.unreachable("a run is under way"));
  };
  const run = await aHybrid([small(...wrong("One")), large(look)], {
    settings: { budget: { ticket_usd: 16.25, minutes: 10.00001 } },
    forge: {
      ensurePullRequest: async ({ draft }) => {
        await say();
        return { number: 7, url: "https://forge.test/pull/7", draft };
      },
    },
  });
  await run.attempt();
  expect(await run.status()).toBe("needs_human");
  expect(run.queued).toEqual(["run"]);
  const runs = await store.db.selectFrom("runs").selectAll().orderBy("createdAt", "desc").limit(1).execute();
  expect(runs).toMatchObject([{ status: "queued", goesOn: true, requestedByLogin: "bob" }]);
});

test("a ticket that is judged hard begins with the second model", async () => {
  const triage = judge('{"type":"feature","complexity":0.75,"reason":"Locks @everywhere."}');
  const first = small();
  const says = { test: "npm test", plan: "never" };
  const run = await aHybrid([first, large(write("right"), submit("Done"))], { triage, says });
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(first.requests).toEqual([]);
  expect(triage.requests[0]?.messages).toMatchObject([
    { text: expect.stringContaining('<untrusted source="issue title">') },
  ]);
  expect(run.told(...decisions)).toMatchObject([{ type: "assessed", complexity: 0.75, model: "claude/large" }]);
  expect(run.pulls[0]?.body).toContain(
    "- Judged a feature of complexity 0.75 for $0.1000: Locks @\u200beverywhere.; `claude/large` began",
  );
});

test("a ticket that nobody can judge begins with the first model", async () => {
  const triage = playedModel([saying("Hard."), saying("Very.")], tenth, "local/judge");
  const run = await aHybrid([small(write("right"), submit("Done")), large()], { triage });
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(run.told("warned")).toMatchObject([{ message: expect.stringContaining("The ticket could not be judged: ") }]);
});

test("a model that is down does not keep a ticket from being worked on, since nobody has to judge it", async () => {
  const down = async () => {
    throw new NightshiftError("model_unavailable", "Overloaded.", { retryable: true });
  };
  const triage = { ...judge(), complete: down };
  const run = await aHybrid([small(write("right"), submit("Done")), large()], { triage });
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(run.told("warned")).toMatchObject([{ message: "The ticket could not be judged: Overloaded." }]);
});

test("a coder that is not sure of a green change gets another look by the next model, once", async () => {
  const second = large(look, submit("Looked again", 0.1));
  const run = await aHybrid([small(write("right"), submit("Perhaps", 0.4)), second, small()]);
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(run.told("escalated")).toMatchObject([{ why: "confidence", to: "claude/large" }]);
  expect(firstWords(second)).toContain("`npm test` passes with it, in a clean sandbox.");
  expect(run.pulls).toEqual([expect.objectContaining({ title: "fix: Looked again", draft: false })]);
});

test("a second look that breaks a green change does not replace it, and a person decides", async () => {
  const run = await aHybrid([small(write("right"), submit("Perhaps", 0.4)), large(...wrong("Worse"))], {
    says: { test: "npm test", max_refinements: 0 },
  });
  await run.attempt();
  expect(await run.status()).toBe("needs_human");
  expect(run.pulls).toEqual([expect.objectContaining({ title: "fix: Perhaps", draft: true })]);
  expect(run.pulls[0]?.body).toContain(
    "> This is the change of an earlier round, since the last one did not pass the tests.",
  );
  expect(await run.record()).toMatchObject({ evidence: { head: { passed: true } } });
});

test("with one model a run costs no call more and tells nothing of it", async () => {
  const triage = judge();
  const model = small(write("right"), submit("Done", 0.1));
  const run = await aHybrid([model], { triage });
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(model.requests).toHaveLength(2);
  expect(triage.requests).toEqual([]);
  expect(run.told(...decisions)).toEqual([]);
  expect(run.pulls[0]?.body.split("## Run\n\n")[1]).toBe(
    [
      "| Model | Turns | Cost | Asked for by |",
      "|---|---|---|---|",
      "| `local/small` | 2 | $0.2000 | @ada |",
      "",
      "$0.2000 of the $100.00 that this ticket may cost.",
      "",
      `Closes #${issue}`,
    ].join("\n"),
  );
});

test("a run whose worker dies goes on in the round where it stood, wherever that was, and pays for nothing twice", async () => {
  const replies = [...wrong("One"), ...wrong("Two")];
  const more = [look, write("right"), submit("Done")];
  // Every attempt dies after so many answers: after each of them, and after some.
  for (const deaths of [1, 3]) {
    let left = deaths;
    const mortal = (model: PlayedModel): Model => ({
      ...model,
      complete: async (...args) => {
        if (left === 0) throw new NightshiftError("model_unavailable", "Gone.", { retryable: true });
        left -= 1;
        return await model.complete(...args);
      },
    });
    const [first, second] = [small(...replies), large(...more)];
    const triage = easy();
    const run = await aHybrid([mortal(first), mortal(second)], {
      triage,
      says: { test: "npm test", max_refinements: 1 },
    });
    for (let attempt = 0; (await run.status()) !== "succeeded"; attempt += 1) {
      left = deaths;
      await run.attempt(attempt).catch((error: unknown) => expect(error).toMatchObject({ code: "model_unavailable" }));
      expect(attempt).toBeLessThan(10);
    }
    expect([first.requests.length, second.requests.length, triage.requests.length]).toEqual([4, 3, 1]);
    expect(run.told("refining", "escalated")).toHaveLength(2);
    expect(run.told("tests_finished").map(({ on }) => on)).toEqual(["base", "head", "head", "head"]);
    // Nor does it go through states again that it has left.
    expect(run.told("state_changed").map(({ to }) => to)).toEqual([
      ...["coding", "testing", "coding", "testing", "coding", "testing", "reviewing", "ready"],
    ]);
    expect(run.pulls).toEqual([expect.objectContaining({ title: "fix: Done", draft: false })]);
  }
}, 180_000);

test.each([
  ["after the tests and before the decision", 2],
  ["after the second round's work and before its tests", 3],
])("a run that dies between rounds goes on from there: %s", async (_, deadly) => {
  const model = small(...wrong("One"), write("right"), submit("Two"));
  let comments = 0;
  const run = await aHybrid([model], {
    forge: {
      ensureComment: async () => {
        comments += 1;
        if (comments === deadly) throw new NightshiftError("forge_unavailable", "Gone.", { retryable: true });
        return { url: "" };
      },
    },
  });
  await expect(run.attempt()).rejects.toMatchObject({ code: "forge_unavailable" });
  await run.attempt(1);
  expect(await run.status()).toBe("succeeded");
  expect(model.requests).toHaveLength(4);
  expect(run.told("refining")).toHaveLength(1);
  expect(run.told("tests_finished").map(({ on, passed }) => `${on} ${passed}`)).toEqual([
    ...["base true", "head false", "head true"],
  ]);
});

describe("a ticket that nobody could begin with", () => {
  const vague = () =>
    judge('{"type":"feature","complexity":0.5,"reason":"Vague.","unclear":["Which @page?","How fast?"]}');
  const coder = () => small(write("right"), submit("Done"));
  const stop = async (runId: string) =>
    await store.db.updateTable("runs").set({ stopAskedBy: "bob" }).where("id", "=", runId).execute();

  test("waits with its questions on the issue, before anything else is paid", async () => {
    const model = coder();
    const run = await aHybrid([model], { triage: vague(), says: { test: "npm test", triage: "always" } });
    await run.attempt();
    expect(await run.status()).toBe("waiting");
    expect(model.requests).toEqual([]);
    expect(run.comment()).toContain("1. Which @\u200bpage?\n2. How fast?\n");
    expect(run.told("questions_asked")).toEqual([
      { type: "questions_asked", questions: ["Which @page?", "How fast?"] },
    ]);
  });

  test("is cancelled, and asks nothing, where a person has stopped it before its questions are told", async () => {
    const triage = judge();
    const stopping: typeof triage = {
      ...triage,
      async complete(request, { signal }) {
        await stop(run.runId);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return await vague().complete(request, { signal: new AbortController().signal });
      },
    };
    const run = await aHybrid([coder()], { triage: stopping, says: { test: "npm test", triage: "always" } });
    await run.attempt();
    expect(await run.status()).toBe("cancelled");
    expect(run.comment()).toContain("Cancelled: Stopped by @bob. Nothing had been changed.");
    expect(run.told("run_ended")).toMatchObject([{ status: "cancelled" }]);
  });

  test("is cancelled where a person stops it while its questions are told", async () => {
    const bodies: string[] = [];
    const ensureComment = async (_repo: unknown, _issue: unknown, _marker: unknown, body: string) => {
      bodies.push(body);
      if (body.includes("How fast?")) await stop(run.runId);
      return { url: "" };
    };
    const triage = vague();
    const run = await aHybrid([coder()], {
      triage,
      forge: { ensureComment },
      says: { test: "npm test", triage: "always" },
    });
    await run.attempt();
    expect(await run.status()).toBe("cancelled");
    expect(bodies.at(-1)).toContain("Cancelled: Stopped by @bob.");
    expect(run.told("state_changed").at(-1)).toMatchObject({ to: "cancelled" });
  });

  test("is worked on as it stands where the repository wants no judge", async () => {
    const triage = judge();
    const run = await aHybrid([coder(), large()], { triage, says: { test: "npm test", triage: "never" } });
    await run.attempt();
    expect(await run.status()).toBe("succeeded");
    expect(triage.requests).toEqual([]);
  });
});

test("the coder knows the repository and when it is done before its first command", async () => {
  const triage = judge(
    '{"type":"chore","priority":"low","complexity":0.2,"reason":"Clear.","files":["a.txt","none.ts"],"acceptance_criteria":["It is right"]}',
  );
  const checked = [{ criterion: "It is right", how: "npm test passes" }];
  const whole = calling(aCall("submit", { title: "Done", what: "Done.", why: "It was wanted.", checked }));
  // The first says nothing of the criterion, and is not taken.
  const model = small(write("right"), submit("Done"), whole);
  const outline = { symbols: ["emptyCart"], imports: [] };
  const survey = {
    paths: ["a.txt", "src/cart.ts"],
    outlines: new Map([["src/cart.ts", outline]]),
    touched: [],
    complete: true,
  };
  const files = {
    hashes: new Map([["AGENTS.md", "1"]]),
    read: async (path: string) => (path === "AGENTS.md" ? "Be brief." : undefined),
  };
  const forge = { survey: async () => survey, committedFiles: async () => files };
  const run = await aHybrid([model, large()], { triage, forge, says: { test: "npm test" } });
  await run.attempt();
  expect(await run.status()).toBe("succeeded");

  const [asked] = triage.requests[0]?.messages ?? [];
  expect(asked?.role === "user" && asked.text).toContain("src/cart.ts: emptyCart");
  const words = firstWords(model);
  const order = [
    "(chore)",
    "It is done when:",
    "- It is right",
    "Be brief.",
    "A map of the repository",
    "a.txt\nsrc/cart.ts: emptyCart",
  ];
  expect(order.map((part) => words.indexOf(part))).toEqual(
    order.map((part) => words.indexOf(part)).toSorted((a, b) => a - b),
  );
  expect(order.filter((part) => !words.includes(part))).toEqual([]);
  expect((await run.record()).ticket).toMatchObject({
    ...{ type: "chore", priority: "low", context: { filepaths: ["a.txt"] }, acceptance_criteria: ["It is right"] },
  });
});
