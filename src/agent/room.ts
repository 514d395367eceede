import type { Route } from "../domain/route.ts";
import { limits } from "./keep-context.ts";

/** How long a conversation may become, in tokens. */
export interface Room {
  /** What a request may have at most, so that the longest answer finds its place as well. */
  readonly usable: number;
  /** From here on the oldest turns are summarised. */
  readonly full: number;
}

/**
 * What is taken where nobody knows how much the models take, and at most: beyond it some providers ask double, every turn pays for
 * what it reads again, and models overlook what stands in the middle.
 */
const mostTokens = 150_000;

export function roomOf({ contextTokens = mostTokens }: Pick<Route, "contextTokens">, maxOutputTokens: number): Room {
  const window = Math.min(contextTokens, mostTokens);
  const usable = Math.max(window - maxOutputTokens, window / 2);
  return { usable, full: 0.8 * usable };
}

/** The first of the limits on tool output that leaves half of the room to everything else. */
export function levelFor({ usable }: Room): number {
  const level = limits.findIndex(({ keep, free }) => (keep + free) / 4 <= usable / 2);
  return level === -1 ? limits.length - 1 : level;
}
