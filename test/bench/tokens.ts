import { openConversation } from "../../src/agent/conversation.ts";
import { keepContext, type Limits, limits } from "../../src/agent/keep-context.ts";
import { describeTools } from "../../src/agent/run-tool.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import type { Message } from "../../src/domain/message.ts";
import type { Price } from "../../src/domain/model.ts";
import type { Route } from "../../src/domain/route.ts";
import { conversationSummary } from "../../src/domain/summary.ts";
import { toAnthropicMessages } from "../../src/models/anthropic/anthropic-messages.ts";
import { toOpenaiMessages } from "../../src/models/openai/openai-messages.ts";
import { priceOf } from "../../src/models/price-of.ts";
import type { Bench, Measures } from "./bench.ts";
import { opening, sees, session, system, type Turn, text, turnOf } from "./session.ts";
import { anthropicBill, type Bill, type Block, openaiBill, plainBill } from "./token-bills.ts";

const lengths = [50, 100, 200, 400];
/** The newest 40,000 tokens of tool output, dropped when that frees 20,000: opencode's, by our mechanism. */
const peerLimits = { keep: 160_000, free: 80_000 };
const described = describeTools(coderTools);
const tools = JSON.stringify(described);

interface Provider {
  readonly price: Price;
  readonly cached: () => Bill;
  readonly uncached: () => Bill;
  readonly blocksOf: (messages: readonly Message[]) => readonly Block[];
}

const sonnet = published("claude", "claude-sonnet-4-5");
const gpt = published("openai", "gpt-5");

const providers: Readonly<Record<string, Provider>> = {
  anthropic: {
    price: sonnet,
    cached: () => anthropicBill(sonnet),
    uncached: () => plainBill(sonnet),
    blocksOf: (messages) => [
      { text: tools + system, breakpoint: true },
      ...toAnthropicMessages(messages, { api: "messages", provider: "claude" }).flatMap(({ content }) =>
        (typeof content === "string" ? [] : content).map((block) => {
          const { cache_control: mark, ...said } = { cache_control: undefined, ...block };
          return { text: JSON.stringify(said), breakpoint: Boolean(mark) };
        }),
      ),
    ],
  },
  openai: {
    price: gpt,
    cached: () => openaiBill(gpt),
    uncached: () => plainBill(gpt),
    blocksOf: (messages) =>
      [tools, ...toOpenaiMessages(system, messages, { api: "chat", provider: "openai" })].map((part) => ({
        text: typeof part === "string" ? part : JSON.stringify(part),
        breakpoint: false,
      })),
  },
};

function published(provider: string, model: string): Price {
  const known = priceOf(provider, model, { enabled: true });
  if (known === undefined) throw new Error(`The price of ${model} is not known.`);
  return known.price;
}

/**
 * What the input of long sessions costs, in USD: our window on the conversation against the whole of it, with the provider's cache and
 * without. Reckoned, not timed: the same on every machine.
 */
export const tokens: Bench = async ({ signal, say }) => {
  const measures: Record<string, Measures[string]> = {};
  for (const length of lengths) {
    for (const [name, provider] of Object.entries(providers)) {
      signal.throwIfAborted();
      const ours = await converse(length, provider);
      const dropping = play(length, provider.blocksOf, provider.cached(), limits[0]);
      const whole = play(length, provider.blocksOf, provider.cached());
      const peer = play(length, provider.blocksOf, provider.cached(), peerLimits);
      const uncached = play(length, provider.blocksOf, provider.uncached());
      const against = (usd: number) => ({ value: rounded(usd), ratio: rounded(ours.usd / usd) });
      say(
        `${name} ${length}: ${dropping.cuts} times cut, ${ours.summaries} summaries, ${ours.readAgain} files read again, longest ${ours.longest} tokens`,
      );
      measures[`${name}_${length}_turns`] = {
        value: rounded(ours.usd),
        unit: "USD",
        against: {
          whole_cached: against(whole.usd),
          whole_uncached: against(uncached.usd),
          keep_40k_free_20k: against(peer.usd),
          dropping_alone: against(dropping.usd),
        },
      };
    }
  }
  return measures;
};

/** As long as a summary may well be. */
const notes = conversationSummary.parse({
  goal: text("goal", 600),
  ...Object.fromEntries(
    ["done", "open", "state", "tests", "decisions"].map((list) => [
      list,
      Array.from({ length: 10 }, (_, at) => text(`${list} ${at}`, 150)),
    ]),
  ),
});

/** The same with the real conversation, summaries and what they cost among it. */
async function converse(length: number, { blocksOf, cached, price }: Provider) {
  const bill = cached();
  const [deeds, read] = [[...session(length)], new Map<string, number>()];
  let [usd, now, n, summaries, readAgain, longest] = [0, 0, 0, 0, 0, 0];
  let turn: Turn | undefined;
  const route: Route = {
    models: ["bench/session"],
    async complete({ messages, bytes = 0 }) {
      const [deed] = deeds;
      if (deed === undefined) throw new Error("The session is over.");
      usd += bill(blocksOf(messages), now);
      longest = Math.max(longest, Math.ceil(bytes / 4));
      const lost = deed.tool === "edit_file" && !sees(messages, deed.file);
      if (deed.tool === "read_file") read.set(deed.file, deed.chars);
      if (lost) readAgain += 1;
      else deeds.shift();
      n += 1;
      const again = { tool: "read_file", file: deed.file, chars: read.get(deed.file) ?? 0, seconds: 8 } as const;
      turn = turnOf(lost ? again : deed, n);
      const usage = { input: Math.ceil(bytes / 4), output: 0, cacheRead: 0, cacheWrite: 0 };
      return { reply: { ...turn.reply, usage }, costUsd: 0 };
    },
  };
  const conversation = openConversation({
    ...{ route, system, tools: described, maxOutputTokens: 16_000, level: 0 },
    opening: { role: "user", text: opening.role === "user" ? opening.text : "" },
    tell: async () => undefined,
    journal: { summaries: [], summarized: async () => undefined },
    async summarize({ request }) {
      summaries += 1;
      usd += bill(blocksOf([...request.messages, { role: "user", text: text("words", 2_500) }]), now);
      usd += ((JSON.stringify(notes).length / 4) * price.output) / 1e6;
      now += 30;
      return { status: "answered", value: notes, costUsd: 0 };
    },
  });
  while (deeds.length > 0) {
    const { reply } = await conversation.ask({ signal: new AbortController().signal });
    if (turn === undefined) throw new Error("Nobody was asked.");
    conversation.add(reply, turn.results);
    now += turn.seconds;
  }
  return { usd, summaries, readAgain, longest };
}

/** Plays a session: an agent that wants to change a file that it no longer sees reads it again first, which is paid too. */
function play(length: number, blocksOf: Provider["blocksOf"], bill: Bill, within?: Limits) {
  const conversation: Message[] = [opening];
  let [usd, now, n, cut, cuts, readAgain] = [0, 0, 0, 0, 0, 0];
  const read = new Map<string, number>();
  for (const deed of session(length)) {
    const windowNow = () =>
      within === undefined ? { messages: conversation, cut: 0 } : keepContext(conversation, within);
    const lost = deed.tool === "edit_file" && !sees(windowNow().messages, deed.file);
    if (deed.tool === "read_file") read.set(deed.file, deed.chars);
    if (lost) readAgain += 1;
    const again = { tool: "read_file", file: deed.file, chars: read.get(deed.file) ?? 0, seconds: 8 } as const;
    for (const done of [...(lost ? [again] : []), deed]) {
      const window = windowNow();
      if (window.cut !== cut) cuts += 1;
      cut = window.cut;
      usd += bill(blocksOf(window.messages), now);
      n += 1;
      const turn = turnOf(done, n);
      conversation.push(turn.reply, turn.results);
      now += turn.seconds;
    }
  }
  return { usd, cuts, readAgain };
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
