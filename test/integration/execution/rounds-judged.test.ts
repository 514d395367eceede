import { describe, expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import { decisions, firstWords, hybridRuns, judge, large, small, submit, write } from "../../support/hybrid-runs.ts";
import { aCall, calling } from "../../support/played-model.ts";

const { store, aHybrid } = hybridRuns();

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
  const triage = judge("Hard.", "Very.");
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

describe("a ticket that nobody could begin with", () => {
  const vague = () =>
    judge('{"type":"feature","complexity":0.5,"reason":"Vague.","unclear":["Which @page?","How fast?"]}');
  const coder = () => small(write("right"), submit("Done"));
  const stop = async (runId: string) =>
    await store().db.updateTable("runs").set({ stopAskedBy: "bob" }).where("id", "=", runId).execute();

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
