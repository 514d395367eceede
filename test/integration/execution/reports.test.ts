import { expect, test } from "vitest";
import { watchReports } from "../../../src/execution/proof/collect-reports.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

const { signal } = new AbortController();

/** The reports that are read of a run of `tests`, with a change that `brings` something to a repository with an old report. */
async function readOf(of: { readonly brings: string; readonly tests: string; readonly patterns?: readonly string[] }) {
  await using sandbox = await processSandbox();
  const run = async (line: string) => {
    const result = await sandbox.run({ line, timeoutMs: 60_000 }, { signal });
    expect(result).toMatchObject({ exitCode: 0 });
    return result.output.trim();
  };
  const init =
    "git init --quiet . && mkdir -p out test-results && echo old | tee junit.xml out/x.xml >test-results/kept.xml";
  const base = await run(`${init} && git add . && git commit --quiet -m base && git rev-parse HEAD`);
  await run(`${of.brings}; git add --all; git commit --quiet --allow-empty -m change`);
  const { patterns } = of;
  const written = await watchReports(sandbox, { baseSha: base, ...(patterns && { patterns }) }, signal);
  await run(of.tests);
  return (await written()).map(({ path, text }) => `${path}: ${text.trim()}`);
}

test("what the tests write is read, with its path, also where the repository held a report of another run", async () => {
  const tests = "mkdir -p packages/a && echo new | tee packages/a/junit.xml >junit.xml";
  expect(await readOf({ brings: "true", tests })).toEqual(["junit.xml: new", "packages/a/junit.xml: new"]);
});

test("a report that lies there is not read", async () => {
  expect(await readOf({ brings: "touch -d 2020-01-01 junit.xml", tests: "true" })).toEqual([]);
});

test("a report that the change brings or edits is not read, even when its tests touch or write it", async () => {
  const brings =
    "echo mine >TEST-mine.xml; echo mine >junit.xml; git rm --quiet out/x.xml; mkdir -p a; echo mine >a/junit.xml";
  const tests = "touch TEST-mine.xml; echo new >junit.xml; git reset --quiet HEAD~1; echo new >other-junit.xml";
  expect(await readOf({ brings, tests })).toEqual(["other-junit.xml: new"]);
  expect(await readOf({ brings: "echo mine >out/x.xml", tests: "touch out/x.xml", patterns: ["out/*.xml"] })).toEqual(
    [],
  );
});

test("a report that only the tests of a change bring onto the base is not read either", async () => {
  await using sandbox = await processSandbox();
  const run = async (line: string) => await sandbox.run({ line, timeoutMs: 60_000 }, { signal });
  await run(`git init --quiet . && git commit --quiet --allow-empty -m base`);
  const { output } = await run("git rev-parse HEAD");
  // As they are put there, without a commit.
  await run("mkdir -p test && echo mine >test/junit.xml && git add test");
  const written = await watchReports(sandbox, { baseSha: output.trim() }, signal);
  await run("touch test/junit.xml");
  expect(await written()).toEqual([]);
});
