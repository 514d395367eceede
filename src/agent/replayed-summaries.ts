import { NightshiftError } from "../domain/errors.ts";
import type { AssistantMessage, Message } from "../domain/message.ts";
import type { Redact } from "../domain/redact.ts";
import type { RecordedSummary } from "../domain/summary.ts";
import type { FoundDifferences } from "./found-differences.ts";
import { difference } from "./replay-diff.ts";
import { recordingEnds } from "./replayed-tools.ts";
import { type Summarize, type SummaryRequest, summarizeBy } from "./summarize.ts";

export interface ReplayedSummaries {
  readonly summarize: Summarize;
  /** Whether the next one was made when there were so many turns, and was not asked for yet. */
  awaited(after: number): boolean;
  /** Passes it over. */
  skip(): void;
}

/** Summaries that say what was recorded; what would be asked for otherwise is noted with the turn that follows. */
export function replayedSummaries(
  recorded: readonly RecordedSummary[],
  note: FoundDifferences["note"],
  redact: Redact,
): ReplayedSummaries {
  const waiting = [...recorded];
  return {
    awaited: (after) => waiting[0]?.after === after,
    skip: () => void waiting.shift(),
    async summarize(of) {
      const { after } = of;
      const [next] = waiting;
      if (next?.after !== after) {
        note(after + 1, [{ part: "summary", recorded: ["none"], today: [`asked for after turn ${after}`] }]);
        return { status: "refused", reason: "none was recorded", costUsd: 0 };
      }
      // The model had been shown less, since it had found that too long.
      if (isLonger(of, next)) throw tooLong();
      waiting.shift();
      await askAgain(of, next, note, redact);
      if (next.made === null) return { status: "invalid", reason: "as it was recorded", costUsd: next.costUsd };
      return { status: "answered", value: next.made.summary, costUsd: next.costUsd };
    },
  };
}

function isLonger({ shownTo, upTo }: SummaryRequest, { asked, made }: RecordedSummary): boolean {
  return asked ? shownTo > asked.shownTo : made !== null && upTo > made.upTo;
}

/** Notes where the question, or what is made of the answers, is another one. */
async function askAgain(
  of: SummaryRequest,
  { after, asked }: RecordedSummary,
  note: FoundDifferences["note"],
  redact: Redact,
): Promise<void> {
  if (!asked) return;
  const noted = (recorded: string, today: string) =>
    note(after + 1, difference("question for a summary", redact(recorded), redact(today)));
  if (of.shownTo !== asked.shownTo) noted(`shows turns to ${asked.shownTo}`, `shows turns to ${of.shownTo}`);
  const replies = asked.messages.filter((message) => message.role === "assistant");
  const said: Message[] = [];
  await summarizeBy(playing(replies))(of, { signal: new AbortController().signal, said: (it) => said.push(it) }).catch(
    (error: unknown) => {
      if (!(error instanceof NightshiftError)) throw error;
    },
  );
  noted(wordsOf(asked.messages), wordsOf(said));
}

function playing(replies: readonly AssistantMessage[]): Parameters<typeof summarizeBy>[0] {
  const waiting = [...replies];
  return {
    models: ["recorded"],
    async complete() {
      const reply = waiting.shift();
      if (reply === undefined) throw recordingEnds();
      return { reply, costUsd: 0 };
    },
  };
}

/** What was said to the model. */
function wordsOf(messages: readonly Message[]): string {
  return messages.flatMap((message) => (message.role === "user" ? [message.text] : [])).join("\n\n");
}

export function tooLong(): NightshiftError {
  return new NightshiftError("context_overflow", "The conversation was too long for the model.");
}
