import type { Evidence } from "../../domain/evidence.ts";
import { missingCommand } from "../proof/cannot-run.ts";
import { ranIn } from "../proof/gone-tests.ts";
import { leavesOf } from "../proof/leaves-of.ts";
import { countsAgainst } from "../proof/run-check.ts";
import { isForgiven } from "../proof/tell-apart.ts";
import { titleOf } from "../proof/test-key.ts";
import { isGreen, isTested, type Round, type TestedRound } from "../round.ts";
import { guardDoubts } from "./guard-lines.ts";
import { quoteCode } from "./quote-code.ts";
import { saidInLine } from "./said.ts";

type Seen = NonNullable<Evidence>;

const shown = 5;

/** What a reviewer must know before anything else; each makes the pull request a draft. */
export function doubtsAbout({
  work,
  seen,
  findings,
}: Pick<TestedRound, "work" | "seen" | "findings">): readonly string[] {
  const doubts: string[] = [];
  if (work.unfinished !== null) doubts.push(`the work is unfinished, ${saidInLine(work.unfinished)}`);
  if (seen === null) {
    doubts.push(
      "nothing was verified, since the repository has no test command (set `test` in `.github/nightshift.yml`)",
    );
  } else {
    doubts.push(...doubtsOfTests(seen), ...doubtsOfChecks(seen));
  }
  if (seen !== null && seen.redefined_by.length > 0) {
    const files = seen.redefined_by.map((path) => `\`${path}\``).join(", ");
    doubts.push(`the change alters ${files}, which says how the tests are run: look at that first`);
  }
  return [...doubts, ...guardDoubts(findings)];
}

function doubtsOfTests({ base, head, failures, regression, gone }: Seen): readonly string[] {
  if (head.passed) return doubtsOfGreen({ base, head, gone });
  if (head.stage === "test" && head.timed_out) return [hangs({ base, head })];
  const unrun = notRun({ base, head });
  if (unrun !== undefined) return [unrun];
  if (isForgiven(failures)) {
    // A bug's own test may be among those that were red before.
    const unproven = failures !== undefined && failures.known_red.length > 0 && regression?.shown === false;
    const fewer = doubtsOfGone({ base, head, gone });
    return [
      ...(unproven
        ? ["tests that fail on the base fail with this change too, and none shows that the bug is mended"]
        : []),
      ...(unproven || fewer.length > 0 ? [] : noneGreen({ head, failures })),
      ...fewer,
    ];
  }
  const asked = leavesOf(failures?.asked ?? []).map(({ name }) => quoteCode(name));
  if (asked.length > 0 && failures?.broken.length === 0) {
    return [`what the ticket names still fails: ${asked.slice(0, 3).join(", ")}${asked.length > 3 ? " and more" : ""}`];
  }
  if (failures !== undefined && !base.passed) return ["tests fail with this change that do not fail on the base"];
  return [
    base.passed
      ? "the tests pass on the base and fail with this change"
      : "the tests fail with this change, as they do on the base",
  ];
}

/** What fails on the base too speaks against no change, but where nothing else ran, nothing speaks for it. */
function noneGreen({ head, failures }: Pick<Seen, "head" | "failures">): readonly string[] {
  const red = failures?.known_red.length ?? 0;
  if (red === 0 || head.counts?.passed !== 0) return [];
  return ["no test passes with this change: what ran fails as it does on the base, so that nothing was verified"];
}

/** A change can say by one line with which exit code its tests end, and hardly what their runner prints before that. */
function doubtsOfGreen({ base, head, gone }: Pick<Seen, "base" | "head" | "gone">): readonly string[] {
  if (ranNothing(head)) return [`${quoteCode(head.command)} ${emptyRun}`];
  const failed = head.counts?.failed ?? 0;
  // Some repositories let failures pass by themselves, or print what other runners say.
  const usual = base.passed ? (base.counts?.failed ?? 0) : 0;
  const tests = failed === 1 ? "a failed test" : `${failed} failed tests`;
  const counted = failed > usual ? [`${quoteCode(head.command)} passes with this change, but it counts ${tests}`] : [];
  return [...counted, ...doubtsOfGone({ base, head, gone })];
}

/** What a change deletes a person sees in its diff; what only does not run any more is seen nowhere. */
function doubtsOfGone({ base, head, gone }: Pick<Seen, "base" | "head" | "gone">): readonly string[] {
  if (gone === undefined || gone.unexplained === 0) return [];
  if (head.counts === null) {
    return [`the base counts ${howMany(ranIn(base))}, and with this change ${quoteCode(head.command)} counts none`];
  }
  const named = gone.tests.slice(0, gone.unexplained).map((test) => quoteCode(titleOf(test)));
  const more = gone.unexplained - Math.min(named.length, shown);
  const which = named.length === 0 ? "" : `: ${named.slice(0, shown).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const [do_, them] = gone.unexplained === 1 ? ["does", "it"] : ["do", "them"];
  return [
    `${howMany(gone.unexplained)} that ran on the base ${do_} not run with this change, and no test that it edits or deletes explains ${them}${which}`,
  ];
}

function howMany(count = 0): string {
  return count === 1 ? "1 test" : `${count} tests`;
}

const emptyRun = "passes with this change, but it ran no test, so that nothing was verified";

/** Where tests are counted, and none ran: one that is skipped says nothing. */
export function ranNothing({ counts }: Pick<Seen["head"], "counts">): boolean {
  return counts !== null && counts.passed + counts.failed === 0;
}

/** Where the base hangs as well, nothing is known of the change. */
function hangs({ base, head }: Pick<Seen, "base" | "head">): string {
  const end = `the tests do not end: ${quoteCode(head.command)} timed out after ${seconds(head)} with this change`;
  const more = "the operator gives tests more time by `sandbox.test_minutes` in `nightshift.yaml`";
  if (base.timed_out) return `${end}, and on the base as well, so that nothing was verified (${more})`;
  return `${end}, and ended after ${seconds(base)} on the base (${more})`;
}

/** Neither with the change nor without it: that is for people to mend. */
function notRun({ base, head }: Pick<Seen, "base" | "head">): string | undefined {
  const said = missingCommand(head);
  if (said === undefined || missingCommand(base) === undefined) return undefined;
  const words = said === "" ? "" : `, ${quoteCode(said)}`;
  const ended = `${quoteCode(head.command)} cannot be run in the sandbox (exit code ${head.exit_code ?? "none"}${words})`;
  const way =
    "set `test` in `.github/nightshift.yml` to the command that runs the tests, or `setup` to one that installs what it needs";
  return `nothing was verified, since ${ended}, on the base neither: ${way}`;
}

function seconds({ duration_ms: ms }: Seen["head"]): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

function doubtsOfChecks({ checks = [] }: Seen): readonly string[] {
  return checks
    .filter(countsAgainst)
    .map(
      ({ command, base }) =>
        `${quoteCode(command)} fails with this change${base === null ? "" : " and passes on the base"}`,
    );
}

/** The doubt that is left where what is published is not what was done last. */
export function doubtsOfOrder(best: TestedRound, rounds: readonly Round[]): readonly string[] {
  const last = rounds.at(-1);
  if (last === undefined || last.work.change?.headSha === best.work.change.headSha) return [];
  const failed = isGreen(last) ? "breaks a rule" : "did not pass the tests";
  const came = isTested(last) ? failed : "changed nothing";
  return [`this is the change of an earlier round, since the last one ${came}`];
}
