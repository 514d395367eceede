import { createHash } from "node:crypto";
import OpenAI from "openai";
import type { ModelRequest } from "../../domain/model.ts";
import { defaultIdleMs, type ModelOptions } from "../model-options.ts";

export const openaiUrl = "https://api.openai.com/v1";

export function openaiClient({ apiKey, baseUrl, idleMs }: ModelOptions): OpenAI {
  return new OpenAI({
    // The SDK wants a key even where the server does not, and would look for one by itself.
    apiKey: apiKey ?? "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: baseUrl ?? openaiUrl,
    maxRetries: 0,
    timeout: idleMs ?? defaultIdleMs,
    logLevel: "off",
  });
}

/** OpenAI's own service, or Azure's: what they know is refused or misread by many servers that only speak the format. */
export function isOpenai({ provider, baseUrl }: Pick<ModelOptions, "provider" | "baseUrl">): boolean {
  const host = baseUrl !== undefined && URL.canParse(baseUrl) ? new URL(baseUrl).hostname : "";
  return (
    provider === "openai" || /(^|\.)(api\.openai\.com|(openai|services\.ai|cognitiveservices)\.azure\.com)$/.test(host)
  );
}

/** The same for all requests of one conversation, so that they meet the same cache. */
export function cacheKeyOf({ system, messages }: ModelRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([system, messages[0]]))
    .digest("hex")
    .slice(0, 32);
}
