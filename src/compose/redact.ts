import { type Redact, redactor } from "../domain/redact.ts";
import type { Configuration } from "./configuration.ts";

/** Takes out what we hold ourselves, by the names that keys have, and whatever looks like a secret. */
export function composeRedact({ environment, settings, variables }: Configuration): Redact {
  const { app, databaseUrl, sentryDsn } = environment;
  const named = Object.values(settings.llm.providers).map(({ api_key_env: name }) => name);
  const keys = Object.entries(variables).filter(
    ([name]) => named.includes(name) || /(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)$/.test(name),
  );
  const password = databaseUrl === undefined ? undefined : decodeURIComponent(new URL(databaseUrl).password);
  return redactor([...keys.map(([, value]) => value), app?.privateKey, app?.webhookSecret, password, sentryDsn]);
}
