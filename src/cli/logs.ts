import { setTimeout as delay } from "node:timers/promises";
import { type Configuration, readConfiguration } from "../compose/configuration.ts";
import { visitDatabase } from "../compose/database.ts";
import { findRunId, writeRecord } from "../compose/records.ts";
import { NightshiftError } from "../domain/errors.ts";
import { listEvents, type RecordedEvent } from "../store/events.ts";
import { isRunStopped } from "../store/hold-run.ts";
import type { Store } from "../store/open-store.ts";
import { getRun } from "../store/runs.ts";
import { goesOnAgain } from "./runs.ts";
import { timelineLine } from "./timeline.ts";
import type { ExitCode, Verb, VerbContext } from "./verb.ts";

interface LogsOptions {
  readonly run: string;
  readonly follow?: boolean;
  readonly export?: string;
}

const pollMs = 500;

export const logs: Verb<LogsOptions> = {
  name: "logs",
  summary: "what happened in a run, line by line; or its whole record, as files",
  example: "nightshift logs 3f2a --follow\n  nightshift logs 3f2a --export run-3f2a",
  configure: (command) =>
    command
      .argument("<run>", "a run's id, or its first characters: see `nightshift runs`")
      .option("--follow", "and what happens from now on, until the run has ended or is stopped")
      .option(
        "--export <folder>",
        "write its whole record (what was wanted, conversations, changes, reports, events, cost) into an empty folder instead; redacted, but for the changes themselves",
      ),
  async run({ run, follow = false, export: folder }, context) {
    if (follow && folder !== undefined) {
      throw new NightshiftError("bad_input", "It either follows a run or exports it. Follow it first, then export it.");
    }
    const configuration = await readConfiguration(process.env, process.cwd(), context.config);
    if (folder !== undefined) return await exportTo(configuration, run, folder, context);
    const { json, answer, say } = context;
    const events: RecordedEvent[] = [];
    const print = (event: RecordedEvent) => {
      events.push(event);
      if (!json) process.stdout.write(`${lineOf(event, events[0]?.at ?? event.at)}\n`);
    };
    const read = await readAll(configuration, run, { follow, print, signal: context.signal });
    const listed = events.map(({ at, event }) => ({ at, ...event }));
    const { runId, status, stopped } = read;
    if (json) answer({ run: runId, status, stopped, events: listed }, "");
    else if (stopped) say(`Run ${runId}: stopped; ${goesOnAgain}`);
    else if (!follow) say(`Run ${runId}: ${status}.`);
    return 0;
  },
};

interface Reading {
  readonly follow: boolean;
  readonly print: (event: RecordedEvent) => void;
  readonly signal: AbortSignal;
}

async function readAll(configuration: Configuration, run: string, { follow, print, signal }: Reading) {
  let after = 0;
  let lost = 0;
  for (;;) {
    try {
      await using database = await visitDatabase(configuration);
      const runId = await findRunId(database, run);
      for (;;) {
        // Asked before its events: what is said last is not missed.
        const { status, ticketId } = await getRun(database.db, runId);
        const stopped = await isRunStopped(database.db, runId);
        for (const event of await listEvents(database.db, ticketId, after)) {
          after = event.id;
          if (event.runId === runId) print(event);
        }
        lost = 0;
        const goesOn = !stopped && (status === "queued" || status === "running");
        if (!follow || signal.aborted || !goesOn) return { runId, status, stopped };
        await pause(signal);
      }
    } catch (error) {
      // An embedded database ends with the Nightshift that had it; then it is ours to look into.
      if (!follow || lost > 0 || signal.aborted || error instanceof NightshiftError) throw error;
      lost += 1;
      await pause(signal);
    }
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await delay(pollMs, undefined, { signal }).catch(() => undefined);
}

function lineOf({ at, event }: RecordedEvent, first: Date): string {
  const seconds = ((at.getTime() - first.getTime()) / 1000).toFixed(1).padStart(6);
  return `${seconds} s  ${timelineLine(event)}`;
}

async function exportTo(
  configuration: Configuration,
  run: string,
  folder: string,
  { answer, say, signal }: VerbContext,
): Promise<ExitCode> {
  await using database: Store = await visitDatabase(configuration);
  const runId = await findRunId(database, run);
  const files = await writeRecord(configuration, database, { runId, folder, signal });
  if (files.includes("change.bundle") && !files.includes("change.diff")) {
    say("The mirror of its repository is not in data_dir here, so the change is there as a git bundle only.");
  }
  answer({ run: runId, folder, files }, [`Run ${runId} in ${folder}:`, ...files.map((file) => `  ${file}`)].join("\n"));
  return 0;
}
