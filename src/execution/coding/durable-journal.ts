import type { Asked, Journal, RecordedTurn } from "../../agent/journal.ts";
import type { UserMessage } from "../../domain/message.ts";
import type { ConversationHead, Prompt } from "../../domain/recording.ts";
import { redactedJson } from "../../domain/redact.ts";
import { hashOf, saveArtifact } from "../../store/artifacts.ts";
import type { Lease } from "../../store/runs.ts";
import { insertSummary, listSummaries } from "../../store/summaries.ts";
import { completeTurn, insertTurn, listTurns, type TurnRow } from "../../store/turns.ts";
import type { Factory } from "../workflow.ts";
import type { Checkpoint } from "./checkpoint.ts";

export interface DurableJournal {
  readonly journal: Journal;
  /** The task as it was put first; a resumed conversation keeps it. */
  readonly opening: UserMessage;
  /** The artifact of the newest checkpoint. */
  readonly checkpoint: string | undefined;
}

/** What a conversation begins with. */
export interface Beginning {
  readonly step: string;
  readonly system: Prompt;
  readonly opening: Prompt;
  /** The route's. */
  readonly models: readonly string[];
}

/**
 * A journal in the database. `checkpointNow` is asked after a turn that may have changed the workspace and gives nothing when it did not.
 * The conversation is kept as it is, since it is gone on with; the prompt and the tools, which only say what was asked, are redacted.
 */
export async function openJournal(
  { db, redact }: Pick<Factory, "db" | "redact">,
  lease: Lease,
  beginning: Beginning,
  checkpointNow: () => Promise<Checkpoint | undefined>,
): Promise<DurableJournal> {
  const { step } = beginning;
  const opening = { role: "user", text: beginning.opening.text } as const;
  const rows = await listTurns(db, lease.runId, step);
  const [first, ...turns] = rows;
  const summaries = await listSummaries(db, lease.runId, step);
  if (first === undefined) await insertTurn(db, lease, { step, n: 0, messages: [opening], costUsd: 0 });
  const opened = first?.messages[0];
  let checkpoint = rows.findLast((row) => row.checkpoint !== null)?.checkpoint ?? undefined;
  // One for all turns of one worker; another version of us may go on with another one.
  let head: string | undefined;
  let attempts = summaries.length;

  return {
    opening: opened?.role === "user" ? opened : opening,
    checkpoint,
    journal: {
      recorded: turns.flatMap(toRecorded),
      summaries,
      async paid({ n, asked, reply, costUsd, timeMs }) {
        const { level, shortened, proposals } = asked;
        head ??= await saveArtifact(db, "head", Buffer.from(redactedJson(headOf(beginning, asked), redact)));
        const told = {
          head,
          level,
          ...(timeMs !== undefined && { timeMs }),
          shortened: shortened.map(([at, message]): [number, typeof message] => [at, message]),
          ...(proposals !== undefined && { proposals: [...proposals] }),
        };
        await insertTurn(db, lease, { step, n, messages: [reply], usage: reply.usage, request: told, costUsd });
      },
      async answered({ n, reply, results, changed }) {
        const taken = changed ? await checkpointNow() : undefined;
        if (taken !== undefined) checkpoint = hashOf(taken.patch);
        const kept = checkpoint === undefined ? undefined : { hash: checkpoint, content: taken?.patch };
        await completeTurn(db, lease, { step, n, messages: [reply, results], checkpoint: kept });
      },
      async summarized(summary) {
        attempts += 1;
        await insertSummary(db, lease, { step, n: attempts, ...summary });
      },
    },
  };
}

function headOf({ system, opening, models }: Beginning, { request, contextTokens }: Asked): ConversationHead {
  const { tools, maxOutputTokens, answer } = request;
  return {
    system: system.text,
    tools: [...tools],
    models: [...models],
    maxOutputTokens,
    ...(contextTokens !== undefined && { contextTokens }),
    ...(answer !== undefined && { answer }),
    prompts: { system: [...system.sources], opening: [...opening.sources] },
  };
}

function toRecorded({ n, messages: [reply, results], costUsd, request }: TurnRow): readonly RecordedTurn[] {
  if (reply?.role !== "assistant" || results?.role === "assistant") return [];
  return [{ n, reply, results, costUsd, level: request?.level ?? 0, timeMs: request?.timeMs ?? 0 }];
}
