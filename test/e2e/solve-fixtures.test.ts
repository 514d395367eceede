import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { z } from "zod";
import { type RunRecord, runRecord } from "../../src/domain/run-record.ts";
import { leavesOf } from "../../src/execution/proof/leaves-of.ts";
import { titleOf } from "../../src/execution/proof/test-key.ts";
import { type Fixture, fixtureNames, readFixture } from "../support/fixture-repository.ts";
import { solveRig } from "../support/solve-rig.ts";

const answer = z.object({ run: z.uuid(), base: z.object({ uncommitted: z.boolean() }), record: runRecord });

/** With CI=true it has to be there. */
function isMissing({ needs }: Fixture): boolean {
  if (needs === undefined || process.env["CI"] === "true") return false;
  try {
    execFileSync("python3", ["-m", "pytest", "--version"], { stdio: "ignore" });
    return false;
  } catch {
    process.stderr.write("Skipped: the repository that is tested by pytest. Install python3-pytest.\n");
    return true;
  }
}

for (const name of await fixtureNames()) {
  const fixture = await readFixture(name);
  test.skipIf(isMissing(fixture))(`${name}: ${fixture.title}`, async () => {
    const { title, body, type, setup, branch, base, head, red, checks } = fixture;
    await using rig = await solveRig(fixture);
    const wish = ["--title", title, "--body", body, "--type", type, ...(setup === undefined ? [] : ["--setup", setup])];
    const { code, stdout, stderr } = await rig.run("solve", "--repo", rig.repository, "--json", ...wish);

    expect([rig.model.complaints, code], stderr).toEqual([[], 0]);
    const { record, base: from } = answer.parse(JSON.parse(stdout));
    expect(from.uncommitted).toBe(true);
    expect(record).toMatchObject({
      status: "succeeded",
      pull_request: { number: null, branch, head_sha: rig.git("rev-parse", branch), draft: false },
      evidence: {
        base: { passed: false, ...(base && { counts: base }) },
        head: { passed: true, ...(head && { counts: head }) },
      },
    });
    expect(shownBy(record)).toEqual(type === "bug" ? red : []);
    expect(checksOf(record)).toEqual(checks ?? {});
    expect(rig.git("rev-parse", `${branch}^`)).toBe(rig.git("rev-parse", "main"));
    rig.expectUntouched(branch);
  });
}

/** As the pull request names them. */
function shownBy({ evidence }: RunRecord): readonly string[] {
  const tests = evidence?.regression?.tests.filter(({ base }) => base === "failed") ?? [];
  return leavesOf(tests.map((test) => ({ ...test, status: "failed" }))).map(titleOf);
}

function checksOf({ evidence }: RunRecord): Readonly<Record<string, string>> {
  const told = evidence?.checks?.map(({ name, base, head }) => {
    return [name, head.passed ? "green" : base?.passed === false ? "known red" : "red"] as const;
  });
  return Object.fromEntries(told ?? []);
}
