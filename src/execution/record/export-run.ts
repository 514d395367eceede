import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Change } from "../../domain/forge.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { plan } from "../../domain/plan.ts";
import { type ConversationHead, conversationHead } from "../../domain/recording.ts";
import { type Redact, redactedJson } from "../../domain/redact.ts";
import { repositorySettings } from "../../domain/settings.ts";
import type { RecordedSummary } from "../../domain/summary.ts";
import type { Ticket } from "../../domain/ticket.ts";
import { readArtifact } from "../../store/artifacts.ts";
import { listEvents } from "../../store/events.ts";
import { getRun } from "../../store/runs.ts";
import type { Db } from "../../store/schema.ts";
import { readSpending } from "../../store/spending.ts";
import { listSteps } from "../../store/steps.ts";
import { listSummaries } from "../../store/summaries.ts";
import { getTicket } from "../../store/tickets.ts";
import { countTakenUp, listAgentSteps, listTurns, type TurnRow } from "../../store/turns.ts";
import { comparisonOf } from "../proof/comparison-of.ts";
import { bestOf, recordedRounds } from "../round.ts";
import { exportIndex } from "./export-index.ts";
import { runRecordOf } from "./run-record.ts";
import { transcript } from "./transcript.ts";

export interface ExportParts {
  readonly redact: Redact;
  /** Writes the change as a patch; `false` where what it is based on is not to be had here. */
  readonly writeDiff: (ticket: Ticket, change: Change, file: string) => Promise<boolean>;
}

/**
 * Writes all that is known of a run into a folder, for people and other programs. Redacted; gives the names of the files.
 */
export async function exportRun(
  db: Db,
  runId: string,
  folder: string,
  { redact, writeDiff }: ExportParts,
): Promise<readonly string[]> {
  const run = await getRun(db, runId);
  const ticket = await getTicket(db, run.ticketId);
  const written: string[] = [];
  const write = async (name: string, content: string | Buffer) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
    written.push(name);
  };
  const json = (value: unknown) => `${JSON.stringify(JSON.parse(redactedJson(value, redact)), undefined, 2)}\n`;
  const lines = (values: readonly unknown[]) => values.map((value) => `${redactedJson(value, redact)}\n`).join("");
  const patch = async (name: string, change: Change) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    if (await writeDiff(ticket, change, join(folder, name))) written.push(name);
  };

  const record = await runRecordOf(db, runId);
  await write("ticket.json", json(record.ticket));
  await write("ticket.md", redact(`# ${ticket.title}\n\n${ticket.body.trim()}\n`));
  const steps = await listSteps(db, runId);
  const outputs = <Output>(schema: z.ZodType<Output>) =>
    steps.flatMap(({ output }) => schema.safeParse(output).data ?? []);
  const [admitted] = outputs(settled);
  if (admitted !== undefined) await write("settings.json", json(admitted.settings));
  const made = outputs(planned).at(-1);
  if (made !== undefined) await write("plan.json", json(made.plan));

  for (const step of await listAgentSteps(db, runId)) {
    const file = step.replaceAll(" ", "-");
    const [turns, summaries] = [await listTurns(db, runId, step), await listSummaries(db, runId, step)];
    await write(`turns/${file}.md`, redact(transcript(step, turns, await headsOf(db, turns), summaries)));
    await write(`turns/${file}.jsonl`, lines(turns.map(turnLine)));
    if (summaries.length > 0) await write(`turns/summaries-of-${file}.jsonl`, lines(summaries.map(summaryLine)));
  }

  const rounds = await recordedRounds(db, runId);
  for (const [at, { seen }] of rounds.entries()) {
    if (seen !== undefined) await write(`reports/round-${at + 1}.json`, json(seen));
  }
  const best = bestOf(rounds);
  if (best?.seen) await write("test_report.json", json(comparisonOf(best.seen)));
  const said = outputs(toldThere).at(-1);
  if (said !== undefined) await write("pull-request.md", redact(`# ${said.title}\n\n${said.body.trim()}\n`));
  const events = (await listEvents(db, ticket.id)).filter((event) => event.runId === runId);
  await write("events.jsonl", lines(events.map(({ at, event }) => ({ at: at.toISOString(), ...event }))));
  const finished = steps.map(({ name, output, finishedAt }) => ({ name, at: finishedAt.toISOString(), output }));
  await write("steps.jsonl", lines(finished));
  const paid = (await readSpending(db, ticket.id)).lines.filter((line) => line.runId === runId);
  await write("cost.json", json(paid.map(({ step, model, calls, usd }) => ({ step, model, calls, cost_usd: usd }))));
  await write("run-record.json", json(record));

  const changes = await changesOf(db, steps);
  // Also what was not brought to its end.
  const change = best === undefined ? changes.at(-1) : changes.find((one) => one.headSha === best.work.change.headSha);
  if (changes.length > 1) for (const one of changes) await patch(`changes/round-${one.round}.diff`, one);
  if (change !== undefined) {
    await write("change.bundle", change.bundle);
    await patch("change.diff", change);
  }
  const takenUp = await countTakenUp(db, runId);
  await write("README.md", redact(exportIndex({ run, title: ticket.title, record, takenUp }, written)));
  return written;
}

const settled = z.object({ refused: z.literal(false), settings: repositorySettings });
const planned = z.object({ status: z.literal("planned"), plan });
/** Of what was proven, or else kept, on a pull request. */
const toldThere = z.union([
  z.object({ url: z.string(), title: z.string(), body: z.string() }),
  z.object({ url: z.string(), text: z.object({ title: z.string(), body: z.string() }) }).transform(({ text }) => text),
]);
const coded = z.object({ change: z.object({ baseSha: z.string(), headSha: z.string(), bundle: z.string() }) });

/** The change as each round left it, also one that was stopped. */
async function changesOf(
  db: Db,
  steps: Awaited<ReturnType<typeof listSteps>>,
): Promise<readonly (Change & { readonly round: number })[]> {
  const found = steps.flatMap(({ name, output }) => {
    const round = /^(?:recover )?code(?: (\d+))?$/.exec(name);
    const change = coded.safeParse(output).data?.change;
    return round === null || change === undefined ? [] : [{ ...change, round: Number(round[1] ?? 1) }];
  });
  return await Promise.all(found.map(async (of) => ({ ...of, bundle: await readArtifact(db, of.bundle) })));
}

async function headsOf(db: Db, turns: readonly TurnRow[]): Promise<ReadonlyMap<string, ConversationHead>> {
  const hashes = new Set(turns.flatMap(({ request }) => request?.head ?? []));
  const heads = await Promise.all(
    [...hashes].map(async (hash) => {
      const text = (await readArtifact(db, hash)).toString("utf8");
      return [hash, conversationHead.parse(parseJson(text))] as const;
    }),
  );
  return new Map(heads);
}

function summaryLine({ after, made, costUsd, asked }: RecordedSummary) {
  return {
    ...{ after_turn: after, up_to_turn: made?.upTo ?? null, summary: made?.summary ?? null, cost_usd: costUsd },
    ...{ shown_to_turn: asked?.shownTo ?? null, messages: asked?.messages ?? [] },
  };
}

function turnLine({ n, messages, costUsd, request }: TurnRow) {
  return { n, messages, cost_usd: costUsd, asked: request };
}
