import Bottleneck from "bottleneck";

/** How far apart the requests are that GitHub wants apart, for each installation by itself. */
export interface Pace {
  readonly write: Bottleneck.Group;
  readonly notifications: Bottleneck.Group;
}

/**
 * What changes something: a second after what was changed before; what people are notified of: three. Where one of GitHub's
 * seconds lasts as long as a clock's, that is what Octokit keeps to by itself:
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests
 */
export function paceOf(secondMs: number): Pace {
  const every = (seconds: number) =>
    new Bottleneck.Group({ maxConcurrent: 1, minTime: seconds * secondMs, timeout: forgottenAfterMs });
  return { write: every(1), notifications: every(3) };
}

/** An installation that nothing was asked of for so long is not remembered any more. */
const forgottenAfterMs = 120_000;
