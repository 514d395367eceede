import { expect, test } from "vitest";
import {
  decisions,
  firstWords,
  hybridRuns,
  judge,
  large,
  look,
  small,
  submit,
  write,
  wrong,
} from "../../support/hybrid-runs.ts";

const { aHybrid } = hybridRuns();

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
    ...{ status: "succeeded", turns: 8, model: "claude/large", cost_usd: expect.closeTo(0.8) },
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
      `Closes #${run.issue}`,
    ].join("\n"),
  );
});
