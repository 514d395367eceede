import { z } from "zod";
import { type ErrorCode, explain, NightshiftError } from "../domain/errors.ts";
import type { Usage } from "../domain/message.ts";
import { BrokenAnswer, ModelUnavailable, RequestRefused } from "../domain/model.ts";
import { retryAfterMs } from "./retry-after.ts";
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

export interface Circumstances {
  /** The caller's; when it has fired, whatever was thrown is `cancelled`. */
  readonly signal: AbortSignal;
  /** What the part of the answer that had come used; nothing where none had. */
  readonly used?: Usage | undefined;
}

const code = z.union([z.string(), z.number()]).nullish();
const words = z.looseObject({ message: z.string().optional().catch(undefined), code: code.catch(undefined) });

// The errors of both SDKs look like this; neither class has to be named.
const apiError = z.object({
  status: z.number().optional(),
  /** Anthropic's error type; it also arrives inside a stream, where there is no status. */
  type: z.string().nullish().catch(undefined),
  /** Some servers put the status here when the stream has begun. */
  code: code.catch(undefined),
  /** The provider's words: Anthropic's SDK keeps the whole body here, OpenAI's what is under its `error`. */
  error: z
    .union([z.string(), words.extend({ error: words.optional().catch(undefined) })])
    .nullish()
    .catch(undefined),
  headers: z.instanceof(Headers).optional().catch(undefined),
});

/** How servers say that the conversation is too long; to wait does not help then, to shorten it does. */
const overflow = new RegExp(
  [
    "prompt is too long|input is too long|prompt too long|too long for (the|this|requested) model",
    "exceeds? the (available )?context|exceed_context_size|greater than the context length|model_max_prompt_tokens_exceeded",
    "context[ _](length|window|limit|size)[ _]?exceed|exceeds? (the )?(model'?s? )?(max(imum)? )?context",
    "maximum context|context[ _](length|window|limit)|maximum prompt length|exceed(ed|s)? (the )?model token limit",
    "input token count.*exceeds|too many (input |total )?tokens|input tokens exceed|token limit exceeded",
    "request_too_large|request too large|reduce the length of the (messages|prompt|input)",
    "range of input length should be|number of input tokens|max_tokens.*too large.*input",
  ].join("|"),
  "i",
);

/** The one place that says what a failed model call means. No key stands in the error or its cause. */
export function toModelError(thrown: unknown, address: ModelAddress, { signal, used }: Circumstances): NightshiftError {
  const of = apiError.safeParse(thrown).data ?? {};
  const status = of.status ?? (typeof of.code === "number" ? of.code : undefined);
  const said = typeof of.error === "string" ? of.error : (of.error?.error?.message ?? of.error?.message);
  const text = withoutKey(said ? `${status ?? ""} ${said}`.trim() : explain(thrown), address.apiKey);
  const cause = new Error(text);
  const wait = retryAfterMs(of.headers, text, new Date());
  const judged = signal.aborted
    ? judge("cancelled", `The call to ${shown(address)} was cancelled.`)
    : verdict({ status, kind: `${of.type ?? ""} ${of.code ?? ""}`, text, wait }, address);
  if (used) return new BrokenAnswer(judged.message, used, { code: judged.code, retryAfterMs: wait, cause });
  if (judged.code === "model_unavailable") return new ModelUnavailable(judged.message, { retryAfterMs: wait, cause });
  if (judged.isAboutRequest) return new RequestRefused(judged.message, { cause });
  return new NightshiftError(judged.code, judged.message, { cause });
}

interface Verdict {
  readonly code: ErrorCode;
  readonly message: string;
  readonly isAboutRequest?: boolean;
}

interface Complaint {
  readonly status: number | undefined;
  readonly kind: string;
  readonly text: string;
  readonly wait: number | undefined;
}

function verdict({ status, kind, text, wait }: Complaint, address: ModelAddress): Verdict {
  const at = shown(address);
  const refused = isRefusal(status) || (status === undefined && /invalid_(request_error|prompt|image)/.test(kind));
  // Asked for more than a minute's tokens at once, which no waiting mends, although the status is that of a rate limit.
  const never = status === 429 && /request too large/i.test(text);
  if ((refused || never || /context_length_exceeded/.test(kind)) && overflow.test(`${kind} ${text}`)) {
    return judge("context_overflow", `The conversation is too long for ${at}: ${text}`);
  }
  // Some gateways say 402 while other calls of the same account are under way, and then when to come again.
  if ((status === 402 && wait === undefined) || /insufficient_quota|billing/.test(kind)) {
    return judge("model_refused", `${at} refuses to work for this account: ${text}. Check its plan and billing.`);
  }
  if (status === 401 || status === 403 || /authentication_error|permission_error|invalid_api_key/.test(kind)) {
    const advice = address.keyVariable ? ` Set ${address.keyVariable} to a key that may use this model.` : "";
    return judge("model_refused", `${at} refused the key: ${text}.${advice}`);
  }
  if (status === 404 || /not_found/.test(kind)) {
    return judge(
      "model_refused",
      `${at} was not found: ${text}. Check \`model\` and \`base_url\` under llm.providers.`,
    );
  }
  if (refused && status !== 402) {
    return { ...judge("model_refused", `${at} refused the request: ${text}`), isAboutRequest: true };
  }
  return judge("model_unavailable", `${at} could not be reached or did not answer in full: ${text}`);
}

function judge(code: ErrorCode, message: string): Verdict {
  return { code, message };
}

function shown({ provider, model, baseUrl }: ModelAddress): string {
  return `${provider} model ${model} at ${shownUrl(baseUrl)}`;
}

/** 408, 409, 425 and 429 pass by themselves, like whatever is wrong on the server's side. */
function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status);
}

// Some gateways repeat the key in their complaint about it.
function withoutKey(text: string, key: string | undefined): string {
  return key ? text.replaceAll(key, "[redacted]") : text;
}
