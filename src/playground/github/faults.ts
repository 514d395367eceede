import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ApiError } from "./api-error.ts";

/** What goes wrong with the next matching requests. */
export type FaultAnswer =
  /** 403 with `retry-after`. */
  | { readonly type: "secondary_rate_limit"; readonly retryAfterSeconds: number }
  /** 403 with nothing remaining until `resetInSeconds` from now. */
  | { readonly type: "rate_limit"; readonly resetInSeconds: number }
  /** With `afterEffect` the request is carried out and only its answer is lost. */
  | { readonly type: "status"; readonly status: ContentfulStatusCode; readonly afterEffect?: boolean }
  /** The connection breaks without an answer. */
  | { readonly type: "disconnect"; readonly afterEffect?: boolean }
  | { readonly type: "delay"; readonly ms: number }
  /** No answer ever comes, until whoever asked is gone; it is listed as answered with 499 once it is held. */
  | { readonly type: "hold"; readonly afterEffect?: boolean };

export interface Fault {
  readonly method: string;
  /** Tried on the path without the `/api/v3` prefix. */
  readonly path: RegExp;
  /** How many requests it still hits. */
  times: number;
  readonly answer: FaultAnswer;
}

/** Takes the first fault that hits this request, and counts it. */
export function takeFault(faults: readonly Fault[], method: string, path: string): FaultAnswer | undefined {
  const fault = faults.find((each) => each.times > 0 && each.method === method && each.path.test(path));
  if (fault === undefined) return undefined;
  fault.times -= 1;
  return fault.answer;
}

/** The error that a fault stands for, as GitHub words it. */
export function faultError(
  answer: Exclude<FaultAnswer, { type: "delay" | "disconnect" | "hold" }>,
  now: Date,
): ApiError {
  switch (answer.type) {
    case "secondary_rate_limit":
      return new ApiError(
        403,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        {
          headers: { "retry-after": String(answer.retryAfterSeconds) },
          documentation:
            "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
        },
      );
    case "rate_limit":
      return new ApiError(403, "API rate limit exceeded for installation.", {
        headers: {
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": String(Math.ceil(now.getTime() / 1000) + answer.resetInSeconds),
        },
      });
    case "status":
      return new ApiError(answer.status, answer.status >= 500 ? "Server Error" : "Refused on request of the test");
    default:
      return answer satisfies never;
  }
}
