/** Why an operation could not be done. Closed, so that callers can switch on it. */
export type ErrorCode =
  | "bad_settings"
  | "bad_input"
  | "forbidden_transition"
  | "lease_lost"
  | "forge_refused"
  | "forge_unavailable"
  | "protected_branch"
  | "branch_moved"
  | "bad_change"
  | "git_failed"
  | "sandbox_unavailable"
  | "sandbox_lost"
  | "sandbox_failed"
  | "model_refused"
  | "model_unavailable"
  | "context_overflow"
  | "budget_exhausted"
  | "database_unavailable"
  | "database_busy"
  | "cancelled";

/**
 * The one error type of this project. The message names the thing and the way out;
 * `retryable` says whether the same call may succeed later without anybody changing anything.
 */
export class NightshiftError extends Error {
  override readonly name = "NightshiftError";
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** One line for people: the message of whatever was thrown, with the causes that add something. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : explain(error.cause);
  return cause === "" || error.message.includes(cause) ? error.message : `${error.message} (${cause})`;
}
