import { describe, expect, test } from "vitest";
import { nearLimits } from "../../../src/agent/wrap-up.ts";

const limit = { turns: 100, timeMs: 600_000 };
const fresh = { turns: 1, timeMs: 1_000 };
const money = { usd: 4, ofUsd: 5, callUsd: 0.01, mostUsd: 0.1 };
const words = (...of: Parameters<typeof nearLimits>) => nearLimits(...of).map(({ about, left }) => `${about}: ${left}`);

describe("a limit is near", () => {
  test("in none of its three kinds while much is left, nor where nobody keeps account of money", () => {
    expect(words(limit, fresh, money)).toEqual([]);
    expect(words(limit, { turns: 79, timeMs: 479_999 }, undefined)).toEqual([]);
  });

  test("with a fifth of the turns and of the time, and not when they are over", () => {
    expect(words(limit, { turns: 80, timeMs: 480_000 }, money)).toEqual([
      "turns: 20 of 100 turns are left",
      "time: 2 minutes of 10 minutes are left",
    ]);
    expect(words(limit, { turns: 99, timeMs: 599_000 }, money)).toEqual([
      "turns: 1 of 100 turns is left",
      "time: 1 seconds of 10 minutes are left",
    ]);
    expect(words(limit, { turns: 100, timeMs: 600_000 }, money)).toEqual([]);
  });

  test("with a fifth of the ticket's money in the tightest budget, or with few calls that it still covers", () => {
    expect(words(limit, fresh, { ...money, usd: 1.01 })).toEqual([]);
    expect(words(limit, fresh, { ...money, usd: 1 })).toEqual([
      "money: about $1.00 are left for this ticket, which may cost $5.00 in all",
    ]);
    // The most that the next call could cost has to be there as well.
    expect(words(limit, fresh, { usd: 3, ofUsd: 5, callUsd: 0.5, mostUsd: 1.2 })).toEqual([
      "money: about $3.00 are left for this ticket, which may cost $5.00 in all",
    ]);
    expect(words(limit, fresh, { usd: 3, ofUsd: 5, callUsd: 0.5, mostUsd: 1 })).toEqual([]);
  });
});
