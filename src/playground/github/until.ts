import { once } from "node:events";
import type { GitHubState } from "./github-state.ts";

/** Looks again after every request and delivery. @throws Error when the time is over. */
export async function until<Seen>(
  github: GitHubState,
  look: () => Seen | undefined | Promise<Seen | undefined>,
  timeoutMs: number,
): Promise<Seen> {
  const timeout = AbortSignal.timeout(timeoutMs);
  for (;;) {
    // Before looking: what happens while we look must not be missed.
    const change = once(github.changed, "change", { signal: timeout });
    change.catch(() => undefined);
    const seen = await look();
    if (seen !== undefined) return seen;
    try {
      await change;
    } catch (cause) {
      const last = github.requests.slice(-10).map((each) => `${each.method} ${each.path} ${each.status}`);
      throw new Error(`Not seen within ${timeoutMs} ms. The last requests: ${last.join(", ") || "none"}`, { cause });
    }
  }
}
