import type { Journal, RecordedTurn } from "../agent/journal.ts";
import type { Message, UserMessage } from "../domain/message.ts";
import { saveArtifact } from "../store/artifacts.ts";
import type { Lease } from "../store/runs.ts";
import type { Db } from "../store/schema.ts";
import { completeTurn, insertTurn, listTurns } from "../store/turns.ts";
import type { Checkpoint } from "./checkpoint.ts";

export interface DurableJournal {
  readonly journal: Journal;
  /** The task as it was put first; a resumed conversation keeps it. */
  readonly opening: UserMessage;
  /** The artifact of the newest checkpoint. */
  readonly checkpoint: string | undefined;
}

/**
 * A journal in the database. `checkpointNow` is asked after a turn that may have changed the workspace and gives nothing when it did not.
 */
export async function openJournal(
  db: Db,
  lease: Lease,
  step: string,
  opening: UserMessage,
  checkpointNow: () => Promise<Checkpoint | undefined>,
): Promise<DurableJournal> {
  const rows = await listTurns(db, lease.runId, step);
  const [first, ...turns] = rows;
  if (first === undefined) await insertTurn(db, lease, { step, n: 0, messages: [opening], costUsd: 0 });
  const opened = first?.messages[0];
  let checkpoint = rows.findLast((row) => row.checkpoint !== null)?.checkpoint ?? null;

  return {
    opening: opened?.role === "user" ? opened : opening,
    checkpoint: checkpoint ?? undefined,
    journal: {
      recorded: turns.flatMap((row) => toRecorded(row.n, row.messages, row.costUsd)),
      paid: ({ n, reply, costUsd }) =>
        insertTurn(db, lease, { step, n, messages: [reply], usage: reply.usage, costUsd }),
      async answered({ n, reply, results, changed }) {
        const taken = changed ? await checkpointNow() : undefined;
        if (taken !== undefined) checkpoint = await saveArtifact(db, "checkpoint", taken.patch);
        await completeTurn(db, lease, { step, n, messages: [reply, results], checkpoint });
      },
    },
  };
}

function toRecorded(n: number, [reply, results]: readonly Message[], costUsd: number): readonly RecordedTurn[] {
  if (reply?.role !== "assistant" || results?.role === "assistant") return [];
  return [{ n, reply, results, costUsd }];
}
