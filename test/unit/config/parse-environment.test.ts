import { generateKeyPairSync } from "node:crypto";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../../src/config/parse-environment.ts";

const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
const privateKey = pem.toString();
const app = { APP_ID: "42", PRIVATE_KEY: privateKey, WEBHOOK_SECRET: "hush" };

test("an empty environment means set-up mode with the defaults", () => {
  expect(parseEnvironment({ APP_ID: "", PORT: "" })).toEqual({
    app: undefined,
    githubApiUrl: "https://api.github.com",
    host: "localhost",
    port: 3000,
    databaseUrl: undefined,
    logLevel: "info",
    webhookProxyUrl: undefined,
    sentryDsn: undefined,
    protectedBranches: [],
  });
});

test("everything can be set", () => {
  expect(
    parseEnvironment({
      ...app,
      GHE_HOST: "github.example.com:8443",
      GHE_PROTOCOL: "http",
      HOST: "0.0.0.0",
      PORT: "8080",
      DATABASE_URL: "postgresql://localhost/nightshift",
      LOG_LEVEL: "debug",
      WEBHOOK_PROXY_URL: "https://smee.io/abc",
      SENTRY_DSN: "https://key@sentry.example.com/1",
      PROTECTED_BRANCHES: "main, release/*,,",
    }),
  ).toEqual({
    app: { id: 42, privateKey, webhookSecret: "hush" },
    githubApiUrl: "http://github.example.com:8443/api/v3",
    host: "0.0.0.0",
    port: 8080,
    databaseUrl: "postgresql://localhost/nightshift",
    logLevel: "debug",
    webhookProxyUrl: "https://smee.io/abc",
    sentryDsn: "https://key@sentry.example.com/1",
    protectedBranches: ["main", "release/*"],
  });
});

test.each([
  ["on one line with \\n", privateKey.replaceAll("\n", "\\n")],
  ["in quotes", `"${privateKey.replaceAll("\n", "\\n")}"`],
  ["in base64", Buffer.from(privateKey).toString("base64")],
])("the private key may come %s", (_, key) => {
  expect(parseEnvironment({ ...app, PRIVATE_KEY: key }).app?.privateKey).toBe(privateKey);
});

test("the private key may stand in a file", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "nightshift-key-"));
  const path = join(folder.path, "app.pem");
  await writeFile(path, privateKey);
  const { PRIVATE_KEY, ...rest } = app;
  expect(parseEnvironment({ ...rest, PRIVATE_KEY_PATH: path }).app?.privateKey).toBe(PRIVATE_KEY);
  expect(() => parseEnvironment({ ...rest, PRIVATE_KEY_PATH: `${path}.gone` })).toThrow(/PRIVATE_KEY_PATH.*app\.pem/);
});

test.each([
  [{ APP_ID: "forty" }, "APP_ID must be a whole number"],
  [{ APP_ID: "0" }, "APP_ID must be from 1"],
  [{ PORT: "65536" }, "PORT must be from 0 to 65535"],
  [{ PORT: "80a" }, "PORT must be a whole number"],
  [{ LOG_LEVEL: "loud" }, "LOG_LEVEL must be one of trace"],
  [{ GHE_HOST: "https://github.example.com" }, "GHE_HOST must be a host name"],
  [{ GHE_PROTOCOL: "ftp" }, "GHE_PROTOCOL must be https or http"],
  [{ DATABASE_URL: "mysql://secret@host" }, "DATABASE_URL must begin with postgres://"],
  [{ SENTRY_DSN: "nowhere" }, "SENTRY_DSN must be a URL"],
  [{ ANTHROPIC_BASE_URL: "localhost:8000" }, "ANTHROPIC_BASE_URL must be a URL that begins with https:// or http://"],
  [{ OPENAI_BASE_URL: "gateway/v1" }, "OPENAI_BASE_URL must be a URL that begins with https:// or http://"],
  [{ APP_ID: "42", WEBHOOK_SECRET: "hush" }, "neither PRIVATE_KEY nor PRIVATE_KEY_PATH"],
  [{ APP_ID: "42", PRIVATE_KEY: "swordfish", WEBHOOK_SECRET: "hush" }, "PRIVATE_KEY is not a private key"],
  [{ APP_ID: "42", PRIVATE_KEY: privateKey }, "WEBHOOK_SECRET is not set"],
])("a wrong environment is refused ($1)", (environment, problem) => {
  expect(() => parseEnvironment(environment)).toThrow(problem);
});

test("all problems are told at once, and no value is repeated", () => {
  const environment = { APP_ID: "x1", PORT: "y2", DATABASE_URL: "mysql://secret@host" };
  const read = () => parseEnvironment(environment);
  expect(read).toThrow(/^APP_ID.*\nPORT.*\nDATABASE_URL.*$/);
  expect(read).not.toThrow(/x1|y2|mysql|secret/);
});
