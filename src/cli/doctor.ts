import { type Configuration, readConfiguration } from "../compose/configuration.ts";
import { examineDatabase } from "../compose/database.ts";
import { composeForge, examineGit } from "../compose/forge.ts";
import { openLog } from "../compose/log.ts";
import { examineModels } from "../compose/models.ts";
import { examineSandboxes } from "../compose/sandboxes.ts";
import { explain } from "../domain/errors.ts";
import type { HealthCheck } from "../domain/health.ts";
import { kindsOfWork } from "../domain/route.ts";
import type { Verb } from "./verb.ts";

type Checks = readonly HealthCheck[];

export const doctor: Verb<object> = {
  name: "doctor",
  summary: "look at every outside part and say how to mend what is broken",
  example: "nightshift doctor --json",
  async run(_, { answer, config }) {
    const checks = await examine(config);
    const ok = checks.every((check) => check.ok);
    answer({ ok, checks }, [...checks.map(line), "", ok ? "All is well." : "Something is missing."].join("\n"));
    return ok ? 0 : 1;
  },
};

async function examine(config: string | undefined): Promise<Checks> {
  const configuration = await attempt("settings", () => readConfiguration(process.env, process.cwd(), config));
  if ("failed" in configuration) return [configuration.failed];
  const { value } = configuration;
  return [
    { name: "settings", ok: true, detail: "readable" },
    ...(await checkDatabase(value)),
    await examineGit(),
    ...(await checkForge(value)),
    ...(await examineSandboxes(value)),
    ...checkModels(value),
  ];
}

async function checkDatabase(configuration: Configuration): Promise<Checks> {
  const examined = await attempt("database", () => examineDatabase(configuration));
  return "failed" in examined ? [examined.failed] : [examined.value];
}

async function checkForge(configuration: Configuration): Promise<Checks> {
  const log = openLog({ ...configuration.environment, logLevel: "silent", sentryDsn: undefined });
  const forge = await attempt("github app", async () => composeForge(configuration, log));
  return "failed" in forge ? [forge.failed] : await forge.value.check();
}

function checkModels(configuration: Configuration): Checks {
  const { resolved, problems } = examineModels(configuration);
  if (problems.length > 0) return problems.map((detail) => ({ name: "model", ok: false, detail }));
  const lines = kindsOfWork.map(
    (work) => `${work}: ${resolved.routes[work].models.map(({ value }) => value.name).join(", ")}`,
  );
  return [{ name: "model", ok: true, detail: `${lines.join("; ")} (\`nightshift models --check\` asks them)` }];
}

/** The messages of our errors name the way out, so they are the remedy. */
async function attempt<Value>(
  name: string,
  act: () => Promise<Value>,
): Promise<{ readonly value: Value } | { readonly failed: HealthCheck }> {
  try {
    return { value: await act() };
  } catch (error) {
    return { failed: { name, ok: false, detail: explain(error) } };
  }
}

function line({ name, ok, detail, remedy }: HealthCheck): string {
  return `${ok ? "✓" : "✗"} ${name.padEnd(14)} ${detail}${ok || remedy === undefined ? "" : `\n  ${" ".repeat(14)} → ${remedy}`}`;
}
