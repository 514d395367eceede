import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "./quote-code.ts";

const shown = 8;

/** A finding as a clause with its place. */
export function findingLine({ file, line, text }: GuardFinding): string {
  return `${quoteCode(line === null ? file : `${file}:${line}`)}: ${text}`;
}

/** What a reviewer has to know first, with the rule by which each is waived, where there are several. */
export function guardDoubts(findings: readonly GuardFinding[]): readonly string[] {
  const held = findings.filter(({ severity }) => severity !== "note");
  const isOne = new Set(held.map(({ rule }) => rule)).size === 1;
  return shorten(
    held.map((finding) => (isOne ? findingLine(finding) : `${findingLine(finding)} (\`${finding.rule}\`)`)),
  );
}

/** What is worth a look, as a section of a pull request's body; nothing where there is nothing. */
export function noteLines(findings: readonly GuardFinding[]): readonly string[] {
  const notes = findings.filter(({ severity, waived }) => severity === "note" && waived === undefined);
  if (notes.length === 0) return [];
  const lines = shorten(notes.map(findingLine)).map((line) => `- ${line}`);
  return ["## Worth a look", "", "Found by rules, not by a model:", "", ...lines, ""];
}

export function blocking(findings: readonly GuardFinding[]): readonly GuardFinding[] {
  return findings.filter(({ severity }) => severity === "blocks");
}

function shorten(lines: readonly string[]): readonly string[] {
  const more = lines.length - shown;
  return more > 0 ? [...lines.slice(0, shown), `${more} more of this kind, in the run's events`] : lines;
}
