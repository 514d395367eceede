import { type Note, toolCallsOf } from "../domain/message.ts";
import { jsonBytes } from "../domain/model.ts";
import type { RecordedConversation, RecordedExchange } from "../domain/recording.ts";
import type { Redact } from "../domain/redact.ts";
import { type Differing, foundDifferences } from "./found-differences.ts";
import { parseCall } from "./parse-call.ts";
import { comparer, type Difference, difference } from "./replay-diff.ts";
import { replayedSummaries, tooLong } from "./replayed-summaries.ts";
import { recordingEnds, replayedTools } from "./replayed-tools.ts";
import { runAgent } from "./run-agent.ts";
import type { Toolbox } from "./run-tool.ts";
import { sentMessages } from "./sent-messages.ts";

const noEnd = 2 ** 31 - 1;

/**
 * Goes through a recorded conversation again with today's prompts, tools and context keeping, and says where it would ask something
 * else. The loop is the real one; the model's answers and the tools' results are the recorded ones, so that nothing is
 * run, reached or paid.
 */
export async function replay(
  conversation: RecordedConversation,
  tools: Toolbox,
  redact: Redact,
): Promise<readonly Differing[]> {
  const { opening, turns } = conversation;
  const [first] = turns;
  if (first === undefined) return [];
  const { found, note, renewed } = foundDifferences(redact);
  const { prompts, models, maxOutputTokens, contextTokens } = first.head;
  const system = await renewed("system prompt", first.head.system, prompts.system);
  const task = await renewed("opening", opening.text, prompts.opening);

  // One that was taken up, in another sandbox say, has another prompt from there on.
  const systems = new Map([[first.head, system]]);
  const systemOf = async ({ n, head }: RecordedExchange) => {
    const known = systems.get(head) ?? (await renewed("system prompt", head.system, head.prompts.system, n));
    systems.set(head, known);
    return known;
  };

  const compare = comparer(redact);
  const sent = sentMessages(conversation);
  const summaries = replayedSummaries(conversation.summaries ?? [], note, redact);
  const replayed = replayedTools(tools);
  let [at, level, refusals, awaited] = [0, 0, 0, 0];
  const end = await runAgent({
    system,
    opening: { ...opening, text: task },
    tools: replayed.tools,
    sandbox: replayed.sandbox,
    maxOutputTokens,
    budget: { turns: noEnd, timeMs: noEnd },
    route: {
      models: [models[0] ?? "unknown", ...models.slice(1)],
      ...(contextTokens !== undefined && { contextTokens }),
      async complete(request) {
        const turn = turns[at];
        const recorded = sent[at];
        if (turn === undefined || recorded === undefined) throw recordingEnds();
        // The model had found it too long for that, where it is not asked for by itself; the first step then is another one.
        if (summaries.awaited(at)) {
          awaited += 1;
          if (awaited <= 2) throw tooLong();
          note(turn.n, [{ part: "summary", recorded: [`made after turn ${at}`], today: ["not asked for"] }]);
          summaries.skip();
        }
        // The model had found it too long; each time it does, the level rises by one at least.
        if (turn.asked.level > level + refusals && jsonBytes(request.messages) > jsonBytes(recorded.messages)) {
          refusals += 1;
          throw tooLong();
        }
        note(turn.n, compare({ head: turn.head, ...recorded }, { ...request, system: await systemOf(turn) }));
        note(turn.n, refusedToday(turn, tools));
        replayed.play(turn);
        at += 1;
        return { reply: turn.reply, costUsd: turn.costUsd };
      },
    },
    summarize: summaries.summarize,
    journal: {
      recorded: [],
      paid: async ({ asked }) => {
        [level, refusals, awaited] = [asked.level, 0, 0];
      },
      answered: async () => undefined,
      summaries: [],
      summarized: async () => {
        awaited = 0;
      },
    },
    tell: async () => undefined,
    limitNotes: (n) => limitNotesOf(turns.find((turn) => turn.n === n)),
    knownRed: async ({ n }) => knownRedOf(turns.find((turn) => turn.n === n)),
    signal: new AbortController().signal,
    clock: () => 0,
  });
  if (at < turns.length && summaries.awaited(at)) {
    note(at + 1, [{ part: "summary", recorded: [`made after turn ${at}`], today: ["not asked for"] }]);
  } else if (at < turns.length) {
    const why = end.status === "stopped" ? end.reason : "it hands in";
    note(at + 1, [{ part: "loop", recorded: ["goes on"], today: [`ends before this turn: ${why}`] }]);
  }
  return found;
}

/** What it was told of limits, which a replay has not: a replay spends nothing. */
function limitNotesOf(turn: RecordedExchange | undefined): readonly Note[] {
  return (turn?.results?.notes ?? []).filter(({ about }) => about === "turns" || about === "time" || about === "money");
}

/** What was seen of its tests on the base, which nobody runs for a replay. */
function knownRedOf(turn: RecordedExchange | undefined): Note | undefined {
  return turn?.results?.notes?.find(({ about }) => about === "known_red");
}

/** Calls that were made well, and whose arguments today's schemas refuse. */
function refusedToday({ n, reply, results }: RecordedExchange, tools: Toolbox): readonly Difference[] {
  if (results?.role !== "tool") return [];
  return toolCallsOf(reply).flatMap((call) => {
    const result = results.results.find(({ callId }) => callId === call.id);
    const tool = tools.find(({ name }) => name === call.name);
    const parsed = tool && parseCall(tool, call.arguments);
    if (result === undefined || result.isError || parsed?.ok === true) return [];
    const why = parsed?.problem ?? "there is no such tool";
    return difference(`call of ${call.name} in turn ${n}`, "taken", `refused: ${why}`);
  });
}
