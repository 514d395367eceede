import { z } from "zod";
import { explain, NightshiftError } from "../domain/errors.ts";
import { shownUrl } from "./shown-url.ts";

/** What an error has to name. */
export interface ModelAddress {
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** The environment variable that holds the key, for the advice. */
  readonly keyVariable: string | undefined;
}

// The errors of both SDKs look like this; neither class has to be named.
const apiError = z.object({
  status: z.number().optional(),
  /** Anthropic's error type; it also arrives inside a stream, where there is no status. */
  type: z.string().nullish(),
  code: z.string().nullish(),
  /** The provider's words: Anthropic's SDK keeps the whole body here, OpenAI's what is under its `error`. */
  error: z.object({ message: z.string().optional(), error: z.object({ message: z.string() }).optional() }).nullish(),
});

const overflow =
  /prompt is too long|exceeds? the (available )?context|exceed_context_size|context[ _](length|window|limit)|maximum context|request_too_large/i;

/**
 * The one place that says what a failed model call means. No key stands in the error or its cause.
 * @param signal the caller's; when it has fired, whatever was thrown is `cancelled`.
 */
export function toModelError(thrown: unknown, address: ModelAddress, signal: AbortSignal): NightshiftError {
  const { status, type, code, error } = apiError.safeParse(thrown).data ?? {};
  const said = error?.error?.message ?? error?.message;
  const words = withoutKey(said ? `${status ?? ""} ${said}`.trim() : explain(thrown), address.apiKey);
  const at = `${address.provider} model ${address.model} at ${shownUrl(address.baseUrl)}`;
  const cause = new Error(words);
  if (signal.aborted) return new NightshiftError("cancelled", `The call to ${at} was cancelled.`, { cause });

  const kind = `${type ?? ""} ${code ?? ""}`;
  if ((isRefusal(status) || /invalid_request_error/.test(kind)) && overflow.test(`${kind} ${words}`)) {
    return new NightshiftError("context_overflow", `The conversation is too long for ${at}: ${words}`, { cause });
  }
  if (status === 402 || /insufficient_quota|billing/.test(kind)) {
    return refused(`${at} refuses to work for this account: ${words}. Check its plan and billing.`, cause);
  }
  if (status === 401 || status === 403 || /authentication_error|permission_error/.test(kind)) {
    const advice = address.keyVariable ? ` Set ${address.keyVariable} to a key that may use this model.` : "";
    return refused(`${at} refused the key: ${words}.${advice}`, cause);
  }
  if (status === 404 || /not_found_error/.test(kind)) {
    return refused(`${at} was not found: ${words}. Check \`model\` and \`base_url\` under llm.providers.`, cause);
  }
  if (isRefusal(status) || /invalid_request_error/.test(kind)) {
    return refused(`${at} refused the request: ${words}`, cause);
  }
  return new NightshiftError("model_unavailable", `${at} could not be reached or did not answer in full: ${words}`, {
    retryable: true,
    cause,
  });
}

/** 408, 409 and 429 pass by themselves, like whatever is wrong on the server's side. */
function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && ![408, 409, 429].includes(status);
}

function refused(message: string, cause: Error): NightshiftError {
  return new NightshiftError("model_refused", message, { cause });
}

// Some gateways repeat the key in their complaint about it.
function withoutKey(text: string, key: string | undefined): string {
  return key ? text.replaceAll(key, "[redacted]") : text;
}
