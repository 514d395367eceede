import { NightshiftError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { type ConversationHead, conversationHead, type RecordedConversation } from "../../domain/recording.ts";
import { readArtifact } from "../../store/artifacts.ts";
import { getRun } from "../../store/runs.ts";
import type { Db } from "../../store/schema.ts";
import { listSummaries } from "../../store/summaries.ts";
import { listAgentSteps, listTurns } from "../../store/turns.ts";
import { findRun } from "./find-run.ts";

export interface Recording {
  readonly runId: string;
  readonly conversations: readonly RecordedConversation[];
}

/**
 * All conversations of a run that has ended, by its id or how that begins.
 * @throws NightshiftError `bad_input` that says what to do.
 */
export async function readRecording(db: Db, beginning: string): Promise<Recording> {
  const runId = await findRun(db, beginning);
  const { status } = await getRun(db, runId);
  if (status === "queued" || status === "running") {
    throw bad(`Run ${runId} is ${status}. Wait until it has ended: \`nightshift logs ${runId} --follow\` shows when.`);
  }
  const heads = headsOf(db);
  const steps = await listAgentSteps(db, runId);
  const conversations = await Promise.all(steps.map((step) => readConversation(db, runId, step, heads)));
  if (conversations.every(({ turns }) => turns.length === 0)) {
    throw bad(`Run ${runId} has asked no model anything that was recorded. Replay a run that has had a turn.`);
  }
  return { runId, conversations };
}

async function readConversation(
  db: Db,
  runId: string,
  step: string,
  headOf: (hash: string) => Promise<ConversationHead>,
): Promise<RecordedConversation> {
  const [first, ...rows] = await listTurns(db, runId, step);
  const opening = first?.messages[0];
  if (opening?.role !== "user") throw bad(`The opening of ${step} in run ${runId} was not recorded.`);
  const turns = await Promise.all(
    rows.map(async ({ n, request: asked, messages: [reply, results], costUsd }) => {
      if (asked === null || reply?.role !== "assistant" || results?.role === "assistant") {
        throw bad(
          `Run ${runId} was recorded by an older Nightshift, without what the model was asked. Replay a newer run.`,
        );
      }
      return { n, head: await headOf(asked.head), asked, reply, results, costUsd };
    }),
  );
  return { step, opening, turns, summaries: await listSummaries(db, runId, step) };
}

/** Most turns share one. */
function headsOf(db: Db): (hash: string) => Promise<ConversationHead> {
  const read = new Map<string, Promise<ConversationHead>>();
  return (hash) => {
    const head = read.get(hash) ?? readHead(db, hash);
    read.set(hash, head);
    return head;
  };
}

async function readHead(db: Db, hash: string): Promise<ConversationHead> {
  return conversationHead.parse(parseJson((await readArtifact(db, hash)).toString("utf8")));
}

function bad(message: string): NightshiftError {
  return new NightshiftError("bad_input", message);
}
