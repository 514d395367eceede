import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { explain, NightshiftError } from "../domain/errors.ts";
import { deepFreeze } from "./deep-freeze.ts";

/** The GitHub App that we are. */
export interface GitHubApp {
  readonly id: number;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
}

/** What the environment says, by Probot's names where it has one. Model keys are looked up where they are used. */
export interface Environment {
  /** `undefined` before the App exists: then the server only offers to make it. */
  readonly app: GitHubApp | undefined;
  /** Where GitHub's API is: of github.com, or of the server that GHE_HOST names. */
  readonly githubApiUrl: string;
  readonly host: string;
  readonly port: number;
  /** `undefined` for the embedded Postgres. */
  readonly databaseUrl: string | undefined;
  readonly logLevel: (typeof logLevels)[number];
  /** A channel that passes deliveries on, where GitHub cannot reach us. */
  readonly webhookProxyUrl: string | undefined;
  readonly sentryDsn: string | undefined;
  /** Never pushed to, in any repository. */
  readonly protectedBranches: readonly string[];
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

type Variables = Readonly<Record<string, string | undefined>>;

const wholeNumber = (name: string, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `${name} must be a whole number`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `${name} must be from ${min} to ${max}`);

const address = (name: string) =>
  z.url({ protocol: /^https?$/, error: `${name} must be a URL that begins with https:// or http://` }).optional();

const variables = z.object({
  APP_ID: wholeNumber("APP_ID", 1, Number.MAX_SAFE_INTEGER).optional(),
  PRIVATE_KEY: z.string().optional(),
  PRIVATE_KEY_PATH: z.string().optional(),
  WEBHOOK_SECRET: z.string().optional(),
  GHE_HOST: z
    .string()
    .regex(/^[^\s/@]+$/, "GHE_HOST must be a host name, with a port where it needs one, without https://")
    .optional(),
  GHE_PROTOCOL: z.enum(["https", "http"], "GHE_PROTOCOL must be https or http").default("https"),
  HOST: z.string().default("localhost"),
  PORT: wholeNumber("PORT", 0, 65_535).default(3000),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "DATABASE_URL must begin with postgres://")
    .optional(),
  LOG_LEVEL: z.enum(logLevels, `LOG_LEVEL must be one of ${logLevels.join(", ")}`).default("info"),
  WEBHOOK_PROXY_URL: z.url("WEBHOOK_PROXY_URL must be a URL").optional(),
  SENTRY_DSN: z.url("SENTRY_DSN must be a URL").optional(),
  PROTECTED_BRANCHES: z.string().default(""),
  // Looked up where they are used, like the models' keys.
  ANTHROPIC_BASE_URL: address("ANTHROPIC_BASE_URL"),
  OPENAI_BASE_URL: address("OPENAI_BASE_URL"),
});

/** The variables that are read here. */
export const environmentNames: readonly string[] = Object.keys(variables.shape);

/**
 * Reads the environment, once. An empty variable counts as unset. No value is repeated in an error.
 * @throws NightshiftError `bad_settings` with all that is wrong, one line each.
 */
export function parseEnvironment(env: Variables): Environment {
  const parsed = variables.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  if (!parsed.success) throw bad(parsed.error.issues.map((issue) => `${issue.message}.`));
  const of = parsed.data;
  return deepFreeze({
    app: of.APP_ID === undefined ? undefined : readApp(of.APP_ID, of),
    githubApiUrl: of.GHE_HOST ? `${of.GHE_PROTOCOL}://${of.GHE_HOST}/api/v3` : "https://api.github.com",
    host: of.HOST,
    port: of.PORT,
    databaseUrl: of.DATABASE_URL,
    logLevel: of.LOG_LEVEL,
    webhookProxyUrl: of.WEBHOOK_PROXY_URL,
    sentryDsn: of.SENTRY_DSN,
    protectedBranches: of.PROTECTED_BRANCHES.split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  });
}

function readApp(id: number, of: z.infer<typeof variables>): GitHubApp {
  const key = readKey(of);
  const problems = [
    ...("problem" in key ? [key.problem] : []),
    // Probot's own default is a secret that everybody knows.
    ...(of.WEBHOOK_SECRET ? [] : ["WEBHOOK_SECRET is not set: give it the webhook secret of the GitHub App."]),
  ];
  if ("problem" in key || !of.WEBHOOK_SECRET) throw bad(problems);
  return { id, privateKey: key.pem, webhookSecret: of.WEBHOOK_SECRET };
}

function readKey(of: z.infer<typeof variables>): { readonly pem: string } | { readonly problem: string } {
  if (of.PRIVATE_KEY !== undefined) return checkKey(of.PRIVATE_KEY, "PRIVATE_KEY");
  if (of.PRIVATE_KEY_PATH === undefined) {
    return { problem: "APP_ID is set, but neither PRIVATE_KEY nor PRIVATE_KEY_PATH." };
  }
  try {
    return checkKey(readFileSync(of.PRIVATE_KEY_PATH, "utf8"), "The file of PRIVATE_KEY_PATH");
  } catch (error) {
    return { problem: `PRIVATE_KEY_PATH cannot be read: ${explain(error)}.` };
  }
}

/** A PEM, perhaps on one line with `\n` in it, perhaps in base64, as hosting platforms ask for it. */
function checkKey(text: string, name: string): { readonly pem: string } | { readonly problem: string } {
  const plain = text.includes("-----BEGIN") ? text : Buffer.from(text, "base64").toString("utf8");
  const pem = `${plain.replaceAll("\\n", "\n").replaceAll('"', "").trim()}\n`;
  try {
    createPrivateKey(pem);
    return { pem };
  } catch {
    // The cause is left out: some OpenSSL messages repeat what they could not read.
    return { problem: `${name} is not a private key in PEM, neither plain nor with \\n nor in base64.` };
  }
}

function bad(problems: readonly string[]): NightshiftError {
  return new NightshiftError("bad_settings", problems.join("\n"));
}
