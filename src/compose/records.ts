import { mkdir, readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { Redact } from "../domain/redact.ts";
import { fullName } from "../domain/repository.ts";
import type { RunRecord } from "../domain/run-record.ts";
import type { Ticket } from "../domain/ticket.ts";
import { exportRun } from "../execution/record/export-run.ts";
import { findRun } from "../execution/record/find-run.ts";
import { type Recording, readRecording } from "../execution/record/read-recording.ts";
import { type ReplayedConversation, replayRun } from "../execution/record/replay-run.ts";
import { runRecordOf } from "../execution/record/run-record.ts";
import { createGit } from "../forge/git.ts";
import { localMirrorPath } from "../forge/local/local-mirror.ts";
import { mirrorPath } from "../forge/mirror.ts";
import { writeDiff } from "../forge/write-diff.ts";
import { type ModelResult, modelResults } from "../store/model-results.ts";
import type { Store } from "../store/open-store.ts";
import type { Configuration } from "./configuration.ts";
import { webUrl } from "./forge.ts";
import { composeRedact } from "./redact.ts";

/** How the models have done so far. */
export async function readModelResults({ db }: Store): Promise<readonly ModelResult[]> {
  return await modelResults(db);
}

/** What a run did, for people and machines. */
export async function readRunRecord({ db }: Store, runId: string): Promise<RunRecord> {
  return await runRecordOf(db, runId);
}

/** What a finished run's models were asked and said. @throws NightshiftError `bad_input` where there is nothing to go through. */
export async function readRecordedRun({ db }: Store, run: string): Promise<Recording> {
  return await readRecording(db, run);
}

export async function replayRecordedRun(
  recording: Recording,
  redact: Redact,
): Promise<readonly ReplayedConversation[]> {
  return await replayRun(recording, redact);
}

/** The id of the run whose id begins so. @throws NightshiftError `bad_input` that says which there are. */
export async function findRunId({ db }: Store, beginning: string): Promise<string> {
  return await findRun(db, beginning);
}

/** Where the record of a run that was done on this machine's own repositories is written. */
export function recordFolder({ settings }: Configuration, runId: string): string {
  return resolve(settings.data_dir, "runs", runId);
}

/** Writes a run's whole record. @throws NightshiftError `bad_input` when the folder cannot be made, or holds something that is not ours. */
export async function writeRecord(
  configuration: Configuration,
  { db }: Store,
  of: { readonly runId: string; readonly folder: string; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const folder = resolve(of.folder);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new NightshiftError("bad_input", `The record cannot be written there: ${explain(cause)}`, { cause });
  });
  const isOurs = folder === recordFolder(configuration, of.runId);
  if (!isOurs && (await readdir(folder)).length > 0) {
    throw new NightshiftError("bad_input", `${folder} is not empty. Name a folder that is, or that is not there yet.`);
  }
  const dataDir = resolve(configuration.settings.data_dir);
  const git = createGit(process.env);
  return await exportRun(db, of.runId, folder, {
    redact: composeRedact(configuration),
    writeDiff: (ticket, change, file) =>
      writeDiff(git, change, { mirror: mirrorOf(configuration, ticket), dataDir, file, signal: of.signal }),
  });
}

function mirrorOf({ settings, environment }: Configuration, { source, repo }: Ticket): string {
  const dataDir = resolve(settings.data_dir);
  switch (source) {
    case "local":
      return localMirrorPath(dataDir, fullName(repo));
    case "github_issue":
      return mirrorPath(dataDir, webUrl(environment.githubApiUrl), repo);
    default:
      return source satisfies never;
  }
}
