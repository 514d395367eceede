import { z } from "zod";
import { explain, NightshiftError } from "../domain/errors.ts";
import { type Message, type Note, toolCallsOf } from "../domain/message.ts";
import { jsonBytes } from "../domain/model.ts";
import { joinPrompts, type Prompt, type RecordedConversation, type RecordedExchange } from "../domain/recording.ts";
import type { Redact } from "../domain/redact.ts";
import { renderPrompt } from "./render-prompt.ts";
import { comparer, type Difference, difference } from "./replay-diff.ts";
import { recordingEnds, replayedTools } from "./replayed-tools.ts";
import { runAgent } from "./run-agent.ts";
import type { Toolbox } from "./run-tool.ts";

/** What differs in the same way from one turn to another. */
export interface Differing extends Difference {
  readonly fromTurn: number;
  readonly toTurn: number;
}

const noEnd = 2 ** 31 - 1;

/**
 * Goes through a recorded conversation again with today's prompts, tools and context keeping, and says where it would ask something
 * else. The loop is the real one; the model's answers and the tools' results are the recorded ones, so that nothing is
 * run, reached or paid.
 */
export async function replay(
  { opening, turns }: RecordedConversation,
  tools: Toolbox,
  redact: Redact,
): Promise<readonly Differing[]> {
  const [first] = turns;
  if (first === undefined) return [];
  const found: Differing[] = [];
  const note = (n: number, differences: readonly Difference[]) => {
    for (const it of differences) {
      const before = found.findIndex((last) => last.toTurn === n - 1 && isSame(last, it));
      const known = found[before];
      if (known === undefined) found.push({ ...it, fromTurn: n, toTurn: n });
      else found[before] = { ...known, toTurn: n };
    }
  };
  const renew = async (part: string, recorded: string, sources: Prompt["sources"]) => {
    try {
      if (sources.length === 0) return recorded;
      return joinPrompts(await Promise.all(sources.map(({ name, values }) => renderPrompt(name, values)))).text;
    } catch (error) {
      note(1, difference(part, redact(recorded), `cannot be made today: ${explain(error)}`));
      return recorded;
    }
  };
  const { prompts, models, maxOutputTokens } = first.head;
  const system = await renew("system prompt", first.head.system, prompts.system);
  const task = await renew("opening", opening.text, prompts.opening);

  const compare = comparer(redact);
  const sent = sentMessages(opening, turns);
  const replayed = replayedTools(tools);
  let [at, level, refusals] = [0, 0, 0];
  const end = await runAgent({
    system,
    opening: { ...opening, text: task },
    tools: replayed.tools,
    sandbox: replayed.sandbox,
    maxOutputTokens,
    budget: { turns: noEnd, timeMs: noEnd },
    route: {
      models: [models[0] ?? "unknown", ...models.slice(1)],
      async complete(request) {
        const turn = turns[at];
        const messages = sent[at];
        if (turn === undefined || messages === undefined) throw recordingEnds();
        // The model had found it too long; each time it does, the level rises by one at least.
        if (turn.asked.level > level + refusals && jsonBytes(request.messages) > jsonBytes(messages)) {
          refusals += 1;
          throw new NightshiftError("context_overflow", "The conversation was too long for the model.");
        }
        note(turn.n, compare({ head: turn.head, messages }, request));
        note(turn.n, refusedToday(turn, tools));
        replayed.play(turn);
        at += 1;
        return { reply: turn.reply, costUsd: turn.costUsd };
      },
    },
    journal: {
      recorded: [],
      paid: async ({ asked }) => {
        [level, refusals] = [asked.level, 0];
      },
      answered: async () => undefined,
    },
    tell: async () => undefined,
    limitNotes: (n) => limitNotesOf(turns.find((turn) => turn.n === n)),
    signal: new AbortController().signal,
    clock: () => 0,
  });
  if (at < turns.length) {
    const why = end.status === "stopped" ? end.reason : "it hands in";
    note(at + 1, [{ part: "loop", recorded: ["goes on"], today: [`ends before this turn: ${why}`] }]);
  }
  return found;
}

function isSame(one: Difference, other: Difference): boolean {
  return (
    one.part === other.part &&
    one.recorded.join("\n") === other.recorded.join("\n") &&
    one.today.join("\n") === other.today.join("\n")
  );
}

/** The messages of each recorded request: the conversation so far, with what had been shortened until then. */
function sentMessages(
  opening: RecordedConversation["opening"],
  turns: readonly RecordedExchange[],
): readonly (readonly Message[])[] {
  let messages: readonly Message[] = [opening];
  return turns.map(({ asked, reply, results }) => {
    const shortened = new Map(asked.shortened);
    const sent = messages.map((message, at) => shortened.get(at) ?? message);
    messages = [...sent, reply, ...(results === undefined ? [] : [results])];
    return sent;
  });
}

/** What it was told of limits, which a replay has not: a replay spends nothing. */
function limitNotesOf(turn: RecordedExchange | undefined): readonly Note[] {
  return (turn?.results?.notes ?? []).filter(({ about }) => about === "turns" || about === "time" || about === "money");
}

/** Calls that were made well, and whose arguments today's schemas refuse. */
function refusedToday({ n, reply, results }: RecordedExchange, tools: Toolbox): readonly Difference[] {
  if (results?.role !== "tool") return [];
  return toolCallsOf(reply).flatMap((call) => {
    const result = results.results.find(({ callId }) => callId === call.id);
    const args = tools.find(({ name }) => name === call.name)?.parameters.safeParse(call.arguments);
    if (result === undefined || result.isError || args?.success === true) return [];
    const why = args === undefined ? "there is no such tool" : z.prettifyError(args.error);
    return difference(`call of ${call.name} in turn ${n}`, "taken", `refused: ${why}`);
  });
}
