import type { ReadySolve } from "../compose/solve.ts";
import type { TestReport } from "../domain/evidence.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { shellWord } from "../domain/shell-word.ts";

/** What one call of `solve` came to, for machines and for people. */
export function solved(
  { runId, resumed, repository, uncommitted }: Pick<ReadySolve, "runId" | "resumed" | "repository" | "uncommitted">,
  record: RunRecord,
  folder: string,
): { readonly document: object; readonly text: string } {
  const { path, base, baseSha } = repository;
  const document = {
    run: runId,
    resumed,
    repository: path,
    base: { name: base, sha: baseSha, uncommitted },
    record_folder: folder,
    record,
  };
  return { document, text: lines(path, record, folder, runId).join("\n") };
}

function lines(path: string, record: RunRecord, folder: string, runId: string): readonly string[] {
  const { pull_request: pull, evidence, status, reason } = record;
  return [
    "",
    status === "succeeded" ? done(evidence) : `The run ended ${status}${reason === null ? "" : `: ${reason}`}`,
    ...(status === "waiting"
      ? ["", "Settle that, then ask again. What stands in the repository counts as it is committed."]
      : []),
    "",
    ...(pull === null
      ? ["  Branch   none: nothing was changed"]
      : [`  Branch   ${pull.branch} at ${pull.head_sha.slice(0, 12)}${pull.draft ? ", a draft" : ""}, in ${path}`]),
    ...(evidence === null
      ? [`  Tests    not run${pull === null ? "" : ": no command is known; --test says one"}`]
      : [`  Base     ${seen(evidence.base)}`, `  Change   ${seen(evidence.head)}`, ...besides(evidence)]),
    ...record.findings.map(({ file, line, text }) => `  Look at  ${line === null ? file : `${file}:${line}`}: ${text}`),
    `  Model    ${record.model ?? "none"}: ${record.turns} ${record.turns === 1 ? "turn" : "turns"}, $${record.cost_usd.toFixed(4)}`,
    `  Sandbox  ${record.sandbox ?? "none"}, ${(record.duration_ms / 1000).toFixed(1)} s in all`,
    `  Run      ${runId}`,
    `  Record   ${folder}`,
    ...(pull === null ? [] : ["", "Look at it:", `  git -C ${quoted(path)} show ${pull.branch}`]),
  ];
}

/** In the words that the evidence bears out. */
function done(evidence: RunRecord["evidence"]): string {
  return evidence === null || evidence.head.passed
    ? "Done: the tests pass with the change."
    : "Done: with the change no test fails that passed before. Those that fail do so without it too, or come and go.";
}

/** What else a machine saw of the change. */
function besides({ regression, checks = [] }: NonNullable<RunRecord["evidence"]>): readonly string[] {
  const names = (regression?.tests ?? []).flatMap(({ name, base }) => (base === "failed" ? [`“${name}”`] : []));
  const shown = names.length === 0 ? "tests of the change" : names.slice(0, 3).join(", ");
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  const proof =
    regression?.shown === true
      ? `red without the change, green with it: ${shown}${more}`
      : "none: no test shows the bug";
  return [
    ...(regression === undefined ? [] : [`  Proof    ${proof}`]),
    ...checks.map(({ command, head }) => `  Check    ${head.passed ? "green" : "red"}: ${command}`),
  ];
}

function seen({ command, stage, passed, counts }: TestReport): string {
  const counted = counts === null ? "" : ` (${counts.passed} passed, ${counts.failed} failed)`;
  return `${passed ? "green" : "red"}${counted}: ${stage === "setup" ? "the set-up " : ""}${command}`;
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : shellWord(path);
}
