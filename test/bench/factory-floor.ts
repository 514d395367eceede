import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Configuration } from "../../src/compose/configuration.ts";
import { type GitHubApp, parseEnvironment } from "../../src/config/parse-environment.ts";
import { operatorSettings } from "../../src/domain/settings.ts";

/** A folder that is gone when it is disposed of, and that the embedded Postgres' own user can pass through. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "bench-"));
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** An App that GitHub does not know, for where it is never asked. */
export function throwawayApp(): GitHubApp {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { id: 1, privateKey, webhookSecret: "a secret of the bench" };
}

export interface Floor {
  readonly app: GitHubApp;
  /** Of the GitHub that is asked; by default nothing listens there. */
  readonly githubUrl?: string;
  readonly dataDir: string;
  readonly settings?: Parameters<typeof operatorSettings.parse>[0] & object;
  readonly variables?: Configuration["variables"];
}

/** What `start` would read from the environment and `nightshift.yaml`; nothing of this machine's own goes in. */
export function configurationOf({
  app,
  githubUrl = "http://127.0.0.1:1",
  dataDir,
  settings,
  variables = {},
}: Floor): Configuration {
  const { host, protocol } = new URL(githubUrl);
  return {
    environment: parseEnvironment({
      APP_ID: String(app.id),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: app.webhookSecret,
      GHE_HOST: host,
      GHE_PROTOCOL: protocol.replace(":", ""),
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "error",
    }),
    settings: operatorSettings.parse({ ...settings, data_dir: dataDir }),
    variables,
  };
}
