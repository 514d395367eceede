import { keepContext, type Limits, limits } from "../../src/agent/keep-context.ts";
import { describeTools } from "../../src/agent/run-tool.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import type { Message } from "../../src/domain/message.ts";
import type { Price } from "../../src/domain/model.ts";
import { toAnthropicMessages } from "../../src/models/anthropic-messages.ts";
import { toOpenaiMessages } from "../../src/models/openai-messages.ts";
import { priceOf } from "../../src/models/price-of.ts";
import type { Bench, Measures } from "./bench.ts";
import { opening, sees, session, system, turnOf } from "./session.ts";
import { anthropicBill, type Bill, type Block, openaiBill, plainBill } from "./token-bills.ts";

const lengths = [50, 100, 200];
/** The newest 40,000 tokens of tool output, dropped when that frees 20,000: opencode's, by our mechanism. */
const peerLimits = { keep: 160_000, free: 80_000 };
const tools = JSON.stringify(describeTools(coderTools));

interface Provider {
  readonly cached: () => Bill;
  readonly uncached: () => Bill;
  readonly blocksOf: (messages: readonly Message[]) => readonly Block[];
}

const sonnet = published("claude", "claude-sonnet-4-5");
const gpt = published("openai", "gpt-5");

const providers: Readonly<Record<string, Provider>> = {
  anthropic: {
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
      const ours = play(length, provider.blocksOf, provider.cached(), limits[0]);
      const whole = play(length, provider.blocksOf, provider.cached());
      const peer = play(length, provider.blocksOf, provider.cached(), peerLimits);
      const uncached = play(length, provider.blocksOf, provider.uncached());
      const against = (usd: number) => ({ value: rounded(usd), ratio: rounded(ours.usd / usd) });
      say(`${name} ${length}: ${ours.cuts} times cut, ${ours.readAgain} files read again`);
      measures[`${name}_${length}_turns`] = {
        value: rounded(ours.usd),
        unit: "USD",
        against: {
          whole_cached: against(whole.usd),
          whole_uncached: against(uncached.usd),
          keep_40k_free_20k: against(peer.usd),
        },
      };
    }
  }
  return measures;
};

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
