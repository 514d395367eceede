import type { Usage } from "./message.ts";

/** The most that one model call can cost. */
export interface Reserve {
  /** `provider/model`. */
  readonly model: string;
  readonly usd: number;
}

/** What is left when a call was made, as far as its purse keeps account. */
export interface MoneyLeft {
  /** In the tightest of the budgets that it counted against. */
  readonly usd: number;
  /** Of what the ticket may cost in all. */
  readonly ofUsd: number;
  /** What the call came to, */
  readonly callUsd: number;
  /** and the most that it could have. */
  readonly mostUsd: number;
}

export interface Reservation {
  /** What the tightest budget holds beside this call; nothing where no account is kept. */
  readonly left?: Pick<MoneyLeft, "usd" | "ofUsd">;
  /** What the call came to; nothing where it was not billed. Never more than was reserved. */
  settle(spent: { readonly usd: number; readonly usage: Usage | undefined }): Promise<void>;
}

/**
 * The money of one run, held against every budget that it counts against.
 * `reserve` is asked before a call, since a paid call cannot be taken back.
 * @throws NightshiftError `budget_exhausted` that says which budget, what was spent and how to go on.
 */
export interface Purse {
  reserve(call: Reserve): Promise<Reservation>;
}
