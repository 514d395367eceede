import { NightshiftError } from "../../src/domain/errors.ts";
import type { Purse } from "../../src/domain/purse.ts";

/** A purse that no database keeps the books of. */
export function pocket(limitUsd: number, spentUsd = 0): Purse {
  let held = spentUsd;
  return {
    async reserve({ usd }) {
      if (held + usd > limitUsd) {
        throw new NightshiftError(
          "budget_exhausted",
          `the budget of $${limitUsd.toFixed(2)} does not cover another call ($${held.toFixed(4)} spent, up to $${usd.toFixed(4)} for the next)`,
        );
      }
      held += usd;
      return {
        left: { usd: limitUsd - held, ofUsd: limitUsd },
        async settle(spent) {
          held += spent.usd - usd;
        },
      };
    },
  };
}
