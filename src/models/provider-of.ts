import type { LlmSettings, ProviderSettings, wireFormats } from "../domain/llm-settings.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** A provider as it is reached. */
export interface Provider {
  readonly name: string;
  readonly settings: ProviderSettings;
  readonly api: (typeof wireFormats)[number];
  /** `undefined` for the SDK's own. */
  readonly baseUrl: string | undefined;
  /** The environment variable that holds the key; `undefined` where none is needed. */
  readonly keyVariable: string | undefined;
}

interface Preset {
  readonly keyVariable: string | undefined;
  /** The name that the provider's own SDK uses. */
  readonly urlVariable: string | undefined;
  readonly baseUrl: string | undefined;
}

const presets: Readonly<Record<string, Preset>> = {
  claude: { keyVariable: "ANTHROPIC_API_KEY", urlVariable: "ANTHROPIC_BASE_URL", baseUrl: undefined },
  openai: { keyVariable: "OPENAI_API_KEY", urlVariable: "OPENAI_BASE_URL", baseUrl: undefined },
  local: { keyVariable: undefined, urlVariable: undefined, baseUrl: "http://localhost:8000/v1" },
};

/** `undefined` where the settings know no such provider. */
export function providerOf(llm: LlmSettings, name: string, variables: Variables): Provider | undefined {
  if (!Object.hasOwn(llm.providers, name)) return undefined;
  const settings = llm.providers[name];
  if (settings === undefined) return undefined;
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  const fromEnvironment = preset?.urlVariable === undefined ? undefined : variables[preset.urlVariable] || undefined;
  const baseUrl = settings.base_url ?? fromEnvironment ?? preset?.baseUrl;
  return {
    name,
    settings,
    baseUrl,
    api: settings.api ?? usualFormat(name, baseUrl),
    keyVariable: settings.api_key_env ?? preset?.keyVariable,
  };
}

/**
 * OpenAI itself by Responses: there its models keep what they thought from one tool call to the next, which Chat forgets.
 * Who stands in for OpenAI most often speaks only Chat.
 */
function usualFormat(name: string, baseUrl: string | undefined): Provider["api"] {
  if (name === "claude") return "messages";
  const host = baseUrl === undefined || !URL.canParse(baseUrl) ? undefined : new URL(baseUrl).hostname;
  return name === "openai" && (baseUrl === undefined || host === "api.openai.com") ? "responses" : "chat";
}

/** Whether it could work as it stands: it is switched on, and its key is set where it needs one. */
export function isReady({ settings, keyVariable }: Provider, variables: Variables): boolean {
  return settings.enabled && (keyVariable === undefined || Boolean(variables[keyVariable]));
}
