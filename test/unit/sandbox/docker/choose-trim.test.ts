import { expect, test } from "vitest";
import { chooseTrim } from "../../../../src/sandbox/docker/choose-trim.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 20, minute));
const kept = (snapshot: string, minute: number, layers: Readonly<Record<string, number>>) => ({
  snapshot,
  lastUsed: at(minute),
  layers: Object.entries(layers).map(([id, bytes]) => ({ id, bytes })),
});

const shop = [kept("old", 1, { a: 40 }), kept("newest", 3, { c: 10 }), kept("middle", 2, { b: 20 })];

test.each<[number, readonly string[]]>([
  [70, []],
  [69, ["old"]],
  [29, ["old", "middle"]],
  [9, ["old", "middle", "newest"]],
])("within %i bytes, those used longest ago go first", (maxBytes, removed) => {
  expect(chooseTrim(shop, maxBytes)).toEqual(removed);
});

test("what lies below several is counted once, and as long as one of them stays", () => {
  const stacked = [kept("lower", 1, { a: 40 }), kept("upper", 2, { b: 10, a: 40 })];
  expect(chooseTrim(stacked, 50)).toEqual([]);
  expect(chooseTrim(stacked, 49)).toEqual(["lower", "upper"]);
});

test("no room at all leaves none, however small", () => {
  expect(chooseTrim([kept("empty", 1, {})], 0)).toEqual(["empty"]);
});
