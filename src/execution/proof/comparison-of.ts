import type { Check, Evidence, TestReport } from "../../domain/evidence.ts";
import type { ComparedTest, Comparison, Verdict } from "../../domain/test-report.ts";
import type { TestResult } from "../../domain/test-result.ts";
import { isGreen } from "../round.ts";
import { mendedBy } from "./tell-apart.ts";

type Seen = NonNullable<Evidence>;

const maxTests = 1000;

/** The evidence of a change, put side by side: every test once, with what it says of the change. */
export function comparisonOf(seen: Seen): Comparison {
  const { base, head, again, regression, checks = [] } = seen;
  const withTests = regression?.report ?? undefined;
  const tests = comparedTests(seen);
  return {
    passed: isGreen({ seen }),
    runs: [
      { on: "base", ...plain(base) },
      ...(withTests === undefined ? [] : [{ on: "base with tests" as const, ...plain(withTests) }]),
      { on: "head", ...plain(head) },
      ...(again === undefined ? [] : [{ on: "head again" as const, ...plain(again) }]),
    ],
    checks: checks.map(withoutOutput),
    tests: tests.slice(0, maxTests),
    tests_left_out: Math.max(tests.length - maxTests, 0),
    redefined_by: [...seen.redefined_by],
  };
}

/** Those with a verdict first, the rest as the runner named them. */
export function comparedTests(seen: Seen): readonly ComparedTest[] {
  const { base, head, regression } = seen;
  const on = { base: find(regression?.report?.tests), old: find(base.tests), head: find(head.tests) };
  const told = new Set<string>();
  return [...judged(seen), ...(head.tests ?? []).map((test) => ({ test, verdict: null }))].flatMap(
    ({ test, verdict }) => {
      if (told.has(keyOf(test))) return [];
      const [before, after] = [on.base(test) ?? on.old(test), on.head(test)];
      // Some runners name the file of a failed test only.
      for (const one of [test, after ?? test]) told.add(keyOf(one));
      return [compared(test, verdict, before, after)];
    },
  );
}

function compared(
  test: Pick<TestResult, "name" | "file">,
  verdict: Verdict | null,
  before: TestResult | undefined,
  after: TestResult | undefined,
): ComparedTest {
  const file = test.file ?? after?.file ?? before?.file;
  const message = after?.message ?? before?.message;
  const ms = after?.duration_ms ?? before?.duration_ms;
  return {
    name: test.name,
    ...(file !== undefined && { file }),
    ...{ base: null, head: null },
    ...(verdict !== null && known[verdict]),
    ...(before && { base: before.status }),
    ...(after && { head: after.status }),
    verdict,
    ...(message !== undefined && { message }),
    ...(ms !== undefined && { duration_ms: ms }),
  };
}

/** What is known of those that a runner does not name. */
const known = {
  broken: { head: "failed" },
  asked: { base: "failed", head: "failed" },
  mended: { base: "failed", head: "passed" },
  flaky: { head: "failed" },
  known_red: { base: "failed", head: "failed" },
  new: { base: "passed", head: "passed" },
} as const satisfies Record<Verdict, Partial<Pick<ComparedTest, "base" | "head">>>;

interface Judged {
  readonly test: Pick<TestResult, "name" | "file">;
  readonly verdict: Verdict;
}

function judged({ base, head, failures, regression }: Seen): readonly Judged[] {
  const as = (verdict: Verdict, tests: readonly Judged["test"][] = []) => tests.map((test) => ({ test, verdict }));
  const shown = regression?.tests.filter((test) => test.base === "failed");
  return [
    ...as("broken", failures?.broken),
    ...as("asked", failures?.asked),
    ...as("mended", shown),
    ...as("mended", mendedBy(base, head)),
    ...as("flaky", failures?.flaky),
    ...as("known_red", failures?.known_red),
    ...as(
      "new",
      regression?.tests.filter((test) => test.base === "passed"),
    ),
  ];
}

/** Of one that the runner names without its file on one side the name has to do. */
function find(tests: readonly TestResult[] = []): (test: Judged["test"]) => TestResult | undefined {
  const byKey = new Map(tests.map((test) => [keyOf(test), test]));
  const byName = new Map(tests.map((test) => [test.name, test]));
  return (test) => {
    const other = byName.get(test.name);
    const isSame = other !== undefined && (other.file === undefined || test.file === undefined);
    return byKey.get(keyOf(test)) ?? (isSame ? other : undefined);
  };
}

function keyOf({ file, name }: Judged["test"]): string {
  return `${file ?? ""}\n${name}`;
}

function plain({ tests: _, output_head: __, output_tail: ___, ...rest }: TestReport) {
  return rest;
}

function withoutOutput({ name, command, base, head }: Check): Comparison["checks"][number] {
  const short = ({ output_tail: _, ...rest }: Check["head"]) => rest;
  return { name, command, base: base === null ? null : short(base), head: short(head) };
}
