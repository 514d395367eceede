import type { Evidence, TestReport } from "../../domain/evidence.ts";
import { readArtifact } from "../../store/artifacts.ts";
import type { CodedChange } from "../coded.ts";
import type { WorkflowContext } from "../workflow.ts";
import { baseReport } from "./base-report.ts";
import { compareWithBase } from "./compare-with-base.ts";
import { goneTests, mayHaveGone } from "./gone-tests.ts";
import type { Proof } from "./proof.ts";
import { regressionOf } from "./regression-of.ts";
import { countsAgainst } from "./run-check.ts";
import { sameSuites } from "./same-suites.ts";
import { seeChange } from "./see-change.ts";
import { isForgiven, tellApart, withAsked } from "./tell-apart.ts";

interface Wanted {
  readonly isBug: boolean;
  /** The ticket in its own words: a test that it names has to be green. */
  readonly asked: string;
}

/**
 * The repository's own tests on the base and on the change, and its other checks, each in a clean sandbox that no agent has touched.
 * A snapshot is as clean: it was kept before any agent began, and what differs in the change's lock files is set up on top.
 * `null` when there is no test command. The base is looked at once for all rounds. The commands are the base's;
 * what a change does to their meaning (the scripts of a package.json, a Makefile) is told with it.
 */
export async function verify(context: WorkflowContext, work: CodedChange, { isBug, asked }: Wanted): Promise<Evidence> {
  const { test, reports } = work.commands;
  if (test === null) return null;
  const proof: Proof = { work, test, reports, ...(await startOf(context, work)) };
  const onBase = await baseReport(context, proof.at, proof);
  const { checks, tests, redefined, ...ran } = await seeChange(context, proof, onBase);
  const [base, head] = sameSuites(onBase, ran.head);
  const again = ran.again && sameSuites(base, ran.again)[1];

  const failures = withAsked(tellApart(base, head, again), asked);
  const areGreen = head.passed || isForgiven(failures);
  const isMended = areGreen && isBug;
  const compared = await compareWithBase(context, proof, { checks, tests: isMended ? tests : [] });
  const report = compared.report && sameSuites(base, compared.report)[1];
  return {
    passed: areGreen && !compared.checks.some(countsAgainst),
    ...{ base, head },
    ...(again && { again }),
    ...(failures && { failures }),
    checks: [...compared.checks],
    ...(areGreen && (await goneWith(context, proof, base, head))),
    ...(isMended && { regression: regressionOf({ base, head, report, files: tests }) }),
    redefined_by: [...redefined],
  };
}

/** By the diff as the host reads it. */
async function goneWith(
  { factory, signal }: WorkflowContext,
  { work: { change }, at, bundle }: Proof,
  base: TestReport,
  head: TestReport,
): Promise<Pick<NonNullable<Evidence>, "gone">> {
  if (!mayHaveGone(base, head)) return {};
  const gone = goneTests(base, head, await factory.forge.diff(at.mirror, { ...change, bundle }, { signal }));
  return gone === undefined ? {} : { gone };
}

async function startOf(
  { factory, ticket: { repo }, run, signal }: WorkflowContext,
  { change: { baseSha, bundle }, preparation }: CodedChange,
): Promise<Pick<Proof, "at" | "bundle">> {
  const { forge } = factory;
  const mirror = await forge.mirror(repo, { signal });
  const reader = run.requestedBy.login;
  const parts = await forge.checkoutParts(mirror, { repo, sha: baseSha, reader, signal });
  const at = { repo, mirror, sha: baseSha, baseSha, parts, preparation, purpose: "verify" } as const;
  return { at, bundle: await readArtifact(factory.db, bundle) };
}
