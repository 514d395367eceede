import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Change } from "../../domain/forge.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { plan } from "../../domain/plan.ts";
import { conversationHead } from "../../domain/recording.ts";
import { type Redact, redactedJson } from "../../domain/redact.ts";
import type { RecordedSummary } from "../../domain/summary.ts";
import { type Ticket, toDocument } from "../../domain/ticket.ts";
import { readArtifact } from "../../store/artifacts.ts";
import { listEvents } from "../../store/events.ts";
import { getRun } from "../../store/runs.ts";
import type { Db } from "../../store/schema.ts";
import { listSteps } from "../../store/steps.ts";
import { listSummaries } from "../../store/summaries.ts";
import { getTicket } from "../../store/tickets.ts";
import { listAgentSteps, listTurns } from "../../store/turns.ts";
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
  const { ticketId } = await getRun(db, runId);
  const ticket = await getTicket(db, ticketId);
  const written: string[] = [];
  const write = async (name: string, content: string | Buffer) => {
    await writeFile(join(folder, name), content);
    written.push(name);
  };
  const json = (value: unknown) => `${JSON.stringify(JSON.parse(redactedJson(value, redact)), undefined, 2)}\n`;
  const lines = (values: readonly unknown[]) => values.map((value) => `${redactedJson(value, redact)}\n`).join("");
  for (const name of ["turns", "reports"]) await mkdir(join(folder, name), { recursive: true });

  const rounds = await recordedRounds(db, runId);
  const change = bestOf(rounds)?.work.change;
  await write("ticket.json", json(toDocument(ticket)));
  await write("ticket.md", redact(`# ${ticket.title}\n\n${ticket.body.trim()}\n`));
  const steps = await listSteps(db, runId);
  const made = steps.flatMap(({ output }) => planned.safeParse(output).data?.plan ?? []).at(-1);
  if (made !== undefined) await write("plan.json", json(made));
  for (const step of await listAgentSteps(db, runId)) {
    const file = `${step.replaceAll(" ", "-")}.jsonl`;
    await write(`turns/${file}`, lines(await turnsOf(db, runId, step)));
    const summaries = await listSummaries(db, runId, step);
    if (summaries.length > 0) await write(`turns/summaries-of-${file}`, lines(summaries.map(summaryLine)));
  }
  for (const [at, { seen }] of rounds.entries()) {
    if (seen !== undefined) await write(`reports/round-${at + 1}.json`, json(seen));
  }
  const seen = bestOf(rounds)?.seen;
  if (seen) await write("test_report.json", json(comparisonOf(seen)));
  const events = (await listEvents(db, ticketId)).filter((event) => event.runId === runId);
  await write("events.jsonl", lines(events.map(({ at, event }) => ({ at: at.toISOString(), ...event }))));
  for (const step of await listAgentSteps(db, runId)) {
    await write(`turns/${step.replaceAll(" ", "-")}.md`, redact(await transcriptOf(db, runId, step)));
  }
  const finished = steps.map(({ name, output, finishedAt }) => ({ name, at: finishedAt.toISOString(), output }));
  await write("steps.jsonl", lines(finished));
  const record = await runRecordOf(db, runId);
  await write("run-record.json", json(record));
  if (change !== undefined) {
    const bundle = await readArtifact(db, change.bundle);
    await write("change.bundle", bundle);
    if (await writeDiff(ticket, { ...change, bundle }, join(folder, "change.diff"))) written.push("change.diff");
  }
  await write("README.md", redact(exportIndex(runId, ticket.title, record, written)));
  return written;
}

const planned = z.object({ status: z.literal("planned"), plan });

async function transcriptOf(db: Db, runId: string, step: string): Promise<string> {
  const turns = await listTurns(db, runId, step);
  const hashes = new Set(turns.flatMap(({ request }) => request?.head ?? []));
  const heads = await Promise.all(
    [...hashes].map(async (hash) => {
      const text = (await readArtifact(db, hash)).toString("utf8");
      return [hash, conversationHead.parse(parseJson(text))] as const;
    }),
  );
  return transcript(step, turns, new Map(heads), await listSummaries(db, runId, step));
}

function summaryLine({ after, made, costUsd, asked }: RecordedSummary) {
  return {
    ...{ after_turn: after, up_to_turn: made?.upTo ?? null, summary: made?.summary ?? null, cost_usd: costUsd },
    ...{ shown_to_turn: asked?.shownTo ?? null, messages: asked?.messages ?? [] },
  };
}

async function turnsOf(db: Db, runId: string, step: string): Promise<readonly unknown[]> {
  const turns = await listTurns(db, runId, step);
  return turns.map(({ n, messages, costUsd, request }) => ({ n, messages, cost_usd: costUsd, asked: request }));
}
