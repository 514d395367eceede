import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseSummary } from "../../../src/agent/choose-summary.ts";
import { levelFor, roomOf } from "../../../src/agent/room.ts";

const turns = (count: number, tokens = 100) => Array.from({ length: count }, () => tokens);

describe("the turns that a summary replaces", () => {
  test.each([
    ["are all but the newest that stay", 20, { fits: 10_000, keep: 500 }, { shown: 20, covered: 15, gained: 1_500 }],
    ["are none when they are few", 9, { fits: 10_000, keep: 200 }, undefined],
    ["never hold the newest", 9, { fits: 10_000, keep: 0 }, { shown: 9, covered: 8, gained: 800 }],
    [
      "are as many as the model can be shown",
      20,
      { fits: 1_300, keep: 500 },
      { shown: 12, covered: 12, gained: 1_200 },
    ],
    ["are none when the model cannot be shown enough", 20, { fits: 800, keep: 500 }, undefined],
  ])("%s", (_, count, room, expected) => {
    expect(chooseSummary({ fixed: 100, turns: turns(count) }, room)).toEqual(expected);
  });

  test("are none when the rest is what is long", () => {
    expect(chooseSummary({ fixed: 9_000, turns: turns(20) }, { fits: 20_000, keep: 500 })).toBeUndefined();
  });

  test("fit, leave one and gain a quarter, whatever the turns are", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.nat(5_000), fc.nat(90_000), (of, fixed, fits) => {
        const chosen = chooseSummary({ fixed, turns: of }, { fits, keep: fits / 5 });
        if (chosen === undefined) return;
        const sum = (count: number) => of.slice(0, count).reduce((all, one) => all + one, 0);
        expect(fixed + sum(chosen.shown)).toBeLessThanOrEqual(fits);
        expect(chosen.covered).toBeLessThanOrEqual(Math.min(chosen.shown, of.length - 1));
        expect(chosen.gained).toBe(sum(chosen.covered));
        expect(chosen.gained).toBeGreaterThanOrEqual(Math.min(fits, fixed + sum(of.length)) / 4);
      }),
    );
  });
});

describe("the room of a conversation", () => {
  test.each([
    ["of a large window is no larger than is good", 1_000_000, 134_000, 0],
    ["of an unknown window is as large", undefined, 134_000, 0],
    ["leaves place for the answer", 128_000, 112_000, 0],
    ["of a small window has less tool output in it", 64_000, 48_000, 1],
    ["of a window for little more than an answer is half of it", 24_000, 12_000, 2],
    ["of a tiny window has the least tool output", 8_000, 4_000, 3],
  ])("%s", (_, contextTokens, usable, level) => {
    const room = roomOf(contextTokens === undefined ? {} : { contextTokens }, 16_000);
    expect(room).toEqual({ usable, full: 0.8 * usable });
    expect(levelFor(room)).toBe(level);
  });
});
