import type { Redact } from "../domain/redact.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { type Recording, readRecording } from "../execution/read-recording.ts";
import { type ReplayedConversation, replayRun } from "../execution/replay-run.ts";
import { runRecordOf } from "../execution/run-record.ts";
import { type ModelResult, modelResults } from "../store/model-results.ts";
import type { Store } from "../store/open-store.ts";

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
