import type { Check, Evidence, TestReport } from "../../domain/evidence.ts";
import type { ComparedTest, Comparison, Verdict } from "../../domain/test-report.ts";
import type { TestResult } from "../../domain/test-result.ts";
import { isGreen } from "../round.ts";
import { mendedBy, without } from "./tell-apart.ts";
import { type NamedTest, nameKeyOf } from "./test-key.ts";

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

/** Those with a verdict first, the rest as the runner named them. Of several that are called alike each is there once. */
export function comparedTests(seen: Seen): readonly ComparedTest[] {
  const { base, head, regression } = seen;
  const on = { base: takeFrom(regression?.report?.tests), old: takeFrom(base.tests), head: takeFrom(head.tests) };
  const rows = judged(seen).map(({ test, verdict }) => {
    const { base: was = "passed", head: is } = known[verdict];
    const [withTests, old] = [on.base.take(test, was), on.old.take(test, was)];
    return compared(test, verdict, withTests ?? old, on.head.take(test, is));
  });
  const others = on.head.rest().map((test) => {
    const [withTests, old] = [on.base.take(test, test.status), on.old.take(test, test.status)];
    return compared(test, null, withTests ?? old, test);
  });
  return [...rows, ...others];
}

function compared(
  test: NamedTest,
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
    ...(test.suite !== undefined && { suite: test.suite }),
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
const known: Readonly<Record<Verdict, Partial<Record<"base" | "head", TestResult["status"]>>>> = {
  broken: { head: "failed" },
  asked: { base: "failed", head: "failed" },
  mended: { base: "failed", head: "passed" },
  flaky: { head: "failed" },
  known_red: { base: "failed", head: "failed" },
  new: { base: "passed", head: "passed" },
};

interface Judged {
  readonly test: NamedTest;
  readonly verdict: Verdict;
}

function judged({ base, head, failures, regression }: Seen): readonly Judged[] {
  const as = (verdict: Verdict, tests: readonly Judged["test"][] = []) => tests.map((test) => ({ test, verdict }));
  const mended = mendedBy(base, head);
  // They are among those that a bug's tests show.
  const shown = regression?.tests.filter((test) => test.base === "failed") ?? [];
  return [
    ...as("broken", failures?.broken),
    ...as("asked", failures?.asked),
    ...as("mended", shown),
    ...as("mended", without(mended, shown)),
    ...as("flaky", failures?.flaky),
    ...as("known_red", failures?.known_red),
    ...as(
      "new",
      regression?.tests.filter((test) => test.base === "passed"),
    ),
  ];
}

/** Finds a test among those of another run, each of them once. Of one that the runner names without its file on one side the name has to do. */
function takeFrom(tests: readonly TestResult[] = []) {
  const left = Map.groupBy(tests, nameKeyOf);
  const taken = new Set<TestResult>();
  const take = (test: NamedTest, status: TestResult["status"] | undefined): TestResult | undefined => {
    const alike = left.get(nameKeyOf(test)) ?? [];
    const same = alike.filter(({ file }) => file === test.file);
    const some = same.length > 0 ? same : alike.filter(({ file }) => file === undefined || test.file === undefined);
    const found = some.find((it) => it.status === status) ?? some[0];
    if (found === undefined) return undefined;
    alike.splice(alike.indexOf(found), 1);
    taken.add(found);
    return found;
  };
  return { take, rest: () => tests.filter((test) => !taken.has(test)) };
}

function plain({ tests: _, output_head: __, output_tail: ___, ...rest }: TestReport) {
  return rest;
}

function withoutOutput({ name, command, base, head }: Check): Comparison["checks"][number] {
  const short = ({ output_tail: _, ...rest }: Check["head"]) => rest;
  return { name, command, base: base === null ? null : short(base), head: short(head) };
}
