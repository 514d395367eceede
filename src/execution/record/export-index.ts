import type { RunRecord } from "../../domain/run-record.ts";

/** What the files of an exported run are, for whoever opens its folder. */
export function exportIndex(runId: string, title: string, record: RunRecord, files: readonly string[]): string {
  const { status, reason, turns, cost_usd: usd, duration_ms: ms } = record;
  return [
    `# ${title}`,
    "",
    `Run ${runId} for ${record.ticket.id}: ${status}, ${turns} ${turns === 1 ? "turn" : "turns"}, $${usd.toFixed(4)}, ${(ms / 1000).toFixed(1)} s.`,
    ...(reason === null ? [] : ["", reason]),
    "",
    ...files
      .toSorted((one, other) => place(one) - place(other))
      .map((file) => `- \`${file}\`: ${meanings[place(file)]?.[1] ?? "more of this run"}`),
    "",
    "Keys and what looks like one are taken out, but for the change itself, which is as it was made.",
    "",
  ].join("\n");
}

/** In the order in which one reads them. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [/^ticket\.md$/, "what was wanted"],
  [/^ticket\.json$/, "the ticket as agents exchange it"],
  [/^plan\.json$/, "the plan that was made last"],
  [/^turns\/.*\.md$/, "a conversation with a model, to be read"],
  [/^turns\/summaries/, "what stood for the oldest part of a conversation that grew too long"],
  [/^turns\//, "the same for programs"],
  [/^reports\//, "what lint, type check and tests said in this round, on the base and with the change"],
  [/^test_report\.json$/, "test by test, on the base and with the change"],
  [/^events\.jsonl$/, "what happened, in its order"],
  [/^steps\.jsonl$/, "what each step came to: how the ticket was judged, plans, answers, findings, decisions"],
  [/^run-record\.json$/, "what it all came to"],
  [/^change\.diff$/, "the change, for `git apply`"],
  [/^change\.bundle$/, "the change as a commit, for `git fetch`"],
];

function place(file: string): number {
  const found = meanings.findIndex(([pattern]) => pattern.test(file));
  return found === -1 ? meanings.length : found;
}
