import type { Asks } from "../domain/asks.ts";
import type { Outcome } from "../domain/run.ts";

/** Ends a run until people have answered. Thrown, so that the step that asks is not saved: it is the one that goes on then. */
export class Asked extends Error {
  override readonly name = "Asked";
  readonly outcome: Outcome;

  constructor(asks: Asks, text: string) {
    super(`Waits for people: ${text}`);
    this.outcome = { status: "waiting", reason: text, asks };
  }
}
