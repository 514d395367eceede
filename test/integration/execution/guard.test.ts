import { expect, test } from "vitest";
import type { AssistantMessage } from "../../../src/domain/message.ts";
import { bash, mend, smallShopRuns, submit } from "../../support/small-shop-runs.ts";

const { queued } = smallShopRuns(3000);
const skip = bash('sed -i "s/^test(/test.skip(/" sum.test.js');
const unskip = bash('sed -i "s/^test.skip(/test(/" sum.test.js');

/** A run whose coder replies so. */
async function aRun(replies: readonly AssistantMessage[], says: object = {}) {
  const pushed: string[] = [];
  const forge = { ensureBranch: async ({ branch }: { readonly branch: string }) => void pushed.push(branch) };
  const run = await queued(replies, { says: { test: "npm test", ...says }, forge });
  await run.attempt();
  return { ...run, pushed };
}

test("a coder that switches a test off hears of it, and its honest change is published", async () => {
  const run = await aRun([skip, submit, unskip, mend, submit]);

  expect(await run.status()).toBe("succeeded");
  expect(run.pulls).toEqual([expect.objectContaining({ draft: false })]);
  expect(run.told("guard_finding", "refining")).toEqual([
    {
      ...{ type: "guard_finding", rule: "skipped-tests", severity: "blocks", file: "sum.test.js", line: 5 },
      text: expect.stringMatching(/^`test\.skip\("two numbers add up".*` switches tests off$/),
    },
    {
      ...{ type: "refining", round: 2, model: "played/one", refinement: 1, of: 2 },
      reason: expect.stringMatching(/^`sum\.test\.js:5`: .* switches tests off$/),
    },
  ]);
  const [opening] = run.model.requests[2]?.messages ?? [];
  const words = opening?.role === "user" ? opening.text : "";
  expect(words).toContain("Rules that no model takes part in were run on the change");
  expect(words).toContain("- `sum.test.js:5`: `test.skip(");
  expect(words).not.toContain("The repository's tests were then run");
});

test("a coder that insists is asked once, and its change is a draft that says so at the top", async () => {
  const run = await aRun([skip, submit, mend, submit]);

  expect(await run.status()).toBe("needs_human");
  expect(run.told("refining")).toHaveLength(1);
  expect(run.pulls).toEqual([expect.objectContaining({ draft: true })]);
  expect(run.pulls[0]?.body.split("\n").slice(0, 3)).toEqual([
    "> [!WARNING]",
    "> `npm test` passes with this change, but it ran no test, so that nothing was verified.",
    expect.stringMatching(/^> `sum\.test\.js:5`: `test\.skip\(.*switches tests off\.$/),
  ]);
  expect((await run.record()).findings).toMatchObject([{ rule: "skipped-tests", severity: "blocks" }]);
});

test("a repository that wants nothing mended gets the draft at once", async () => {
  const run = await aRun([skip, submit], { max_refinements: 0 });
  expect(run.told("refining")).toEqual([]);
  expect(run.pulls).toEqual([expect.objectContaining({ draft: true })]);
});

test("what needs a person is a draft without another round", async () => {
  const run = await aRun([mend, bash("mkdir infra && echo 1 > infra/a.tf"), submit], { protected_paths: ["infra/*"] });
  expect(await run.status()).toBe("needs_human");
  expect(run.model.requests).toHaveLength(3);
  expect(run.pulls).toEqual([expect.objectContaining({ draft: true })]);
  expect(run.comment()).toContain("is a draft: `infra/a.tf`: a protected path (`infra/*`) is changed.");
});

test("a note stands in the body and stops nothing", async () => {
  const run = await aRun([mend, bash("echo '// eslint-disable-next-line' >> sum.js"), submit]);
  expect(await run.status()).toBe("succeeded");
  expect(run.pulls).toEqual([expect.objectContaining({ draft: false })]);
  expect(run.pulls[0]?.body).toContain(
    [
      "## Worth a look",
      "",
      "Found by rules, not by a model:",
      "",
      "- `sum.js:2`: `// eslint-disable-next-line` hides a line from the repository's checks",
    ].join("\n"),
  );
});

test.each([
  ["a workflow", "mkdir -p .github/workflows && echo on > .github/workflows/ci.yml", ".github/workflows/ci.yml", ""],
  ["a secret", `echo '// ghp_'${"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6"} >> sum.js`, "sum.js:2", "GitHub token"],
])("a change with %s that stays in it is not pushed, and a person is told why", async (_, act, place, what) => {
  const run = await aRun([mend, bash(act), submit, submit]);
  expect(await run.status()).toBe("needs_human");
  expect({ pushed: run.pushed, pulls: run.pulls }).toEqual({ pushed: [], pulls: [] });
  expect(run.comment()).toContain(`The change was not pushed:\n- \`${place}\`: `);
  expect(run.comment()).toContain(what);
});

test("a workflow that its coder takes out again leaves a change that is published", async () => {
  const add = bash("mkdir -p .github/workflows && echo on > .github/workflows/ci.yml");
  const run = await aRun([mend, add, submit, bash("rm -r .github"), submit]);
  expect(await run.status()).toBe("succeeded");
  expect(run.pushed).toHaveLength(1);
});
