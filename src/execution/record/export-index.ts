import type { Run } from "../../domain/run.ts";
import type { RunRecord } from "../../domain/run-record.ts";

export interface IndexParts {
  readonly run: Pick<Run, "id" | "requestedBy" | "createdAt">;
  readonly title: string;
  readonly record: RunRecord;
  /** How many turns of each step are another run's. */
  readonly takenUp: ReadonlyMap<string, number>;
}

/** What the files of an exported run are, for whoever opens its folder. */
export function exportIndex({ run, title, record, takenUp }: IndexParts, files: readonly string[]): string {
  const { status, reason, turns, cost_usd: usd, duration_ms: ms, model, sandbox } = record;
  const worked = model === null || sandbox === null ? "" : ` ${model} worked in ${sandbox} sandboxes.`;
  return [
    `# ${title}`,
    "",
    `Run ${run.id} for ${record.ticket.id}: ${status}, ${counted(turns)}, $${usd.toFixed(4)}, ${(ms / 1000).toFixed(1)} s.`,
    `Asked for by @${run.requestedBy.login} at ${run.createdAt.toISOString().slice(0, 16).replace("T", " ")} UTC.${worked}`,
    ...takenUpLines(takenUp),
    ...(reason === null ? [] : ["", reason]),
    "",
    ...files
      .toSorted((one, other) => place(one) - place(other))
      .map((file) => `- \`${file}\`: ${meanings[place(file)]?.[1] ?? "more of this run"}`),
    "",
    "Keys and what looks like one are taken out, but for the changes themselves, which are as they were made.",
    "",
  ].join("\n");
}

function takenUpLines(takenUp: ReadonlyMap<string, number>): readonly string[] {
  if (takenUp.size === 0) return [];
  const steps = [...takenUp].map(([step, turns]) => `${counted(turns)} of \`${step}\``).join(", ");
  return [
    "",
    `It goes on with an earlier run of its ticket, whose steps and turns are here as well: ${steps}. They count, and were paid, there.`,
  ];
}

function counted(turns: number): string {
  return `${turns} ${turns === 1 ? "turn" : "turns"}`;
}

/** In the order in which one reads them. Schemas are those of Nightshift's folder `schemas/`. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [/^ticket\.md$/, "what was wanted, as it was written"],
  [/^ticket\.json$/, "the ticket as agents exchange it, as far as it was judged (ticket.schema.json)"],
  [/^settings\.json$/, "the repository's settings that held (repository-settings.schema.json)"],
  [/^plan\.json$/, "the plan that was made last (plan.schema.json)"],
  [/^turns\/.*\.md$/, "a conversation with a model, to be read"],
  [
    /^turns\/summaries/,
    "what stood for the oldest part of a conversation that grew too long, and how it was asked for",
  ],
  [/^turns\//, "the same for programs"],
  [/^changes\//, "the whole change as this round left it"],
  [
    /^reports\//,
    "what lint, type check and tests said in this round, on the base and with the change (evidence.schema.json)",
  ],
  [/^test_report\.json$/, "test by test, on the base and with the change (test-report.schema.json)"],
  [/^pull-request\.md$/, "what was published, as it was written there"],
  [/^events\.jsonl$/, "what happened, in its order"],
  [/^steps\.jsonl$/, "what each step came to: how the ticket was judged, plans, answers, findings, decisions"],
  [/^cost\.json$/, "what each model was paid, step by step"],
  [/^run-record\.json$/, "what it all came to (run-record.schema.json)"],
  [/^change\.diff$/, "the change, for `git apply`"],
  [/^change\.bundle$/, "the change as a commit, for `git fetch`"],
];

function place(file: string): number {
  const found = meanings.findIndex(([pattern]) => pattern.test(file));
  return found === -1 ? meanings.length : found;
}
