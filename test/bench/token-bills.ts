import { createHash } from "node:crypto";
import type { Price } from "../../src/domain/model.ts";

/** A part of a request, in its order; the same `text` is the same tokens. */
export interface Block {
  readonly text: string;
  readonly breakpoint: boolean;
}

/** What a provider asks for the input of one request after the other, in USD. `at` is in seconds. */
export type Bill = (blocks: readonly Block[], at: number) => number;

const tokensOf = (text: string) => text.length / 4;
const cacheSeconds = 300;
const leastTokens = 1_024;
const lookBack = 20;
const step = 128;

/**
 * Anthropic's rules: a breakpoint writes the prefix that ends there, and finds one that was written up to 20 blocks before; an entry
 * lives for five minutes after its last use; a prefix of fewer than 1,024 tokens is not cached.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export function anthropicBill(price: Price): Bill {
  const lastUse = new Map<string, number>();
  return (blocks, at) => {
    const prefixes = prefixesOf(blocks);
    const marks = blocks.flatMap((block, index) => (block.breakpoint ? [index] : []));
    const alive = (index: number) => at - (lastUse.get(prefixes[index]?.key ?? "") ?? -Infinity) <= cacheSeconds;
    const hits = marks.flatMap((mark) => {
      const looked = Array.from({ length: lookBack }, (_, back) => mark - back);
      return looked.find((index) => index >= 0 && alive(index)) ?? [];
    });
    const tokensAt = (index: number | undefined) => (index === undefined ? 0 : (prefixes[index]?.tokens ?? 0));
    const hit = hits.length === 0 ? undefined : Math.max(...hits);
    const read = tokensAt(hit);
    const last = tokensAt(marks.at(-1));
    const write = last >= leastTokens ? Math.max(0, last - read) : 0;
    for (const index of [...marks, ...(hit === undefined ? [] : [hit])]) {
      const prefix = prefixes[index];
      if (prefix !== undefined && prefix.tokens >= leastTokens) lastUse.set(prefix.key, at);
    }
    const plain = tokensAt(prefixes.length - 1) - read - write;
    return (read * price.cacheRead + write * price.cacheWrite + plain * price.input) / 1e6;
  };
}

/**
 * OpenAI's rules: the longest beginning that the request shares with an earlier one, in steps of 128 tokens from 1,024 on; forgotten after
 * five minutes without use. https://platform.openai.com/docs/guides/prompt-caching
 */
export function openaiBill(price: Price): Bill {
  let before: { readonly text: string; readonly at: number } | undefined;
  return (blocks, at) => {
    const text = blocks.map((block) => block.text).join("");
    const shared =
      before !== undefined && at - before.at <= cacheSeconds ? tokensOf(commonStart(before.text, text)) : 0;
    before = { text, at };
    const read = shared < leastTokens ? 0 : shared - (shared % step);
    return (read * price.cacheRead + (tokensOf(text) - read) * price.input) / 1e6;
  };
}

export function plainBill(price: Price): Bill {
  return (blocks) => (blocks.reduce((sum, block) => sum + tokensOf(block.text), 0) * price.input) / 1e6;
}

/** Every prefix by a name that is its own, and its length. */
function prefixesOf(blocks: readonly Block[]): readonly { readonly key: string; readonly tokens: number }[] {
  const hash = createHash("sha256");
  let tokens = 0;
  return blocks.map(({ text }) => {
    tokens += tokensOf(text);
    return { key: hash.update(`${text.length}:${text}`).copy().digest("hex"), tokens };
  });
}

function commonStart(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return one.slice(0, at);
}
