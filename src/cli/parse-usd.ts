import { InvalidArgumentError } from "commander";

/** An amount as people type it. */
export function parseUsd(text: string): number {
  const usd = /^\$?\d+(\.\d+)?$/.test(text) ? Number(text.replace("$", "")) : Number.NaN;
  if (Number.isNaN(usd)) throw new InvalidArgumentError("Give US dollars, like 2.50.");
  return usd;
}
