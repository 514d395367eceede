import { InvalidArgumentError } from "commander";

/** Seconds as people type them, up to an hour. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds > 0 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError("Give seconds, like 30.");
}
