import type { AssistantMessage, Message } from "../../domain/message.ts";
import type { RecordedConversation, RecordedExchange } from "../../domain/recording.ts";
import type { RecordedSummary } from "../../domain/summary.ts";
import type { Fault, TurnScript } from "./model-script.ts";

/** A stretch of a conversation in which requests begin in the same way and hold one answer more each. */
export interface ScriptPart {
  /** What its requests begin with, besides the task. */
  readonly first_includes: readonly string[];
  /** What was asked of it later than that. */
  readonly later_includes: readonly string[];
  readonly after: number;
  readonly turns: readonly TurnScript[];
}

/**
 * A conversation as a script's parts, the last first, since the first whose words are found is played: the turns between two summaries,
 * and the questions for one. Requests that the model had found too long are too long again.
 */
export function scriptParts(
  conversation: RecordedConversation,
  turnOf: (reply: AssistantMessage) => TurnScript,
): readonly ScriptPart[] {
  const { turns, summaries = [] } = conversation;
  const made = summaries.filter((one) => one.made !== null);
  return [undefined, ...made]
    .flatMap((begun, at): readonly ScriptPart[] => {
      const next = made[at];
      const from = begun?.made?.upTo ?? 0;
      const first_includes = begun?.made ? [firstSentence(begun.made.text)] : [];
      const own = turns.slice(from, next?.after);
      const spoken = own.map((turn) => withFault(turnOf(turn.reply), turn, conversation));
      // Where the summary was not asked for by itself, it was because this request was too long.
      const end = next === undefined ? [] : [tooLong];
      const tried = summaries.filter(
        ({ after }) => after > (begun?.after ?? 0) && after <= (next?.after ?? turns.length),
      );
      return [
        { first_includes, later_includes: [], after: 0, turns: [...spoken, ...end] },
        ...questions(tried, from, turnOf).map((part) => ({ first_includes, ...part })),
      ];
    })
    .toReversed();
}

type Questions = Omit<ScriptPart, "first_includes">;

/** What was said to the words that ask for a summary, by how many turns they were said after; with more turns it is too long. */
function questions(
  tried: readonly RecordedSummary[],
  from: number,
  turnOf: (reply: AssistantMessage) => TurnScript,
): readonly Questions[] {
  const said = new Map<number, TurnScript>();
  let words: string | undefined;
  for (const { asked } of tried) {
    if (!asked) continue;
    words ??= asked.messages.flatMap((message) => (message.role === "user" ? [message.text] : []))[0];
    const replies = asked.messages.filter((message) => message.role === "assistant");
    for (const [at, reply] of replies.entries()) said.set(asked.shownTo - from + at, turnOf(reply));
  }
  if (words === undefined || said.size === 0) return [];
  const after = Math.min(...said.keys());
  const until = Math.max(...said.keys(), ...tried.map((one) => one.after - from));
  const turns = Array.from({ length: until - after + 1 }, (_, at) => said.get(after + at) ?? tooLong);
  return [{ later_includes: [firstSentence(words)], after, turns }];
}

// What a provider says then, as often as it is asked.
const refusal = { status: 400, times: 1_000, message: "prompt is too long" } as const;
const tooLong: TurnScript = { fault: refusal, reply: { text: "(it was too long)" } };

/** From this turn on less is sent, because what was sent at first was too long: it held what is left out since. */
function withFault(turn: TurnScript, { n, asked }: RecordedExchange, of: RecordedConversation): TurnScript {
  const before = of.turns.findLast((one) => one.n < n)?.asked.level ?? asked.level;
  const [at, short] = asked.shortened.at(-1) ?? [];
  if (asked.level <= before || at === undefined) return turn;
  const whole = messagesOf(of);
  const others = JSON.stringify([...whole.toSpliced(at, 1), short]);
  const gone = textsOf(whole[at]).flatMap((text) => text.match(/[\w ]{12,60}/g) ?? []);
  const held = gone.find((piece) => !others.includes(piece));
  const fault: Fault | undefined = held === undefined ? undefined : { ...refusal, if_includes: held };
  return { ...turn, ...(fault && { fault }) };
}

function messagesOf({ opening, turns }: RecordedConversation): readonly Message[] {
  return [opening, ...turns.flatMap(({ reply, results }) => [reply, ...(results === undefined ? [] : [results])])];
}

function textsOf(message: Message | undefined): readonly string[] {
  return message?.role === "tool" ? message.results.map(({ text }) => text) : [];
}

/** It says how many turns are gone. */
function firstSentence(text: string): string {
  return text.split(".")[0] ?? text;
}
