import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Option } from "commander";
import { type Configuration, readConfiguration } from "../compose/configuration.ts";
import { openDatabase } from "../compose/database.ts";
import { openLog } from "../compose/log.ts";
import { listPrice } from "../compose/models.ts";
import { readRunRecord } from "../compose/records.ts";
import { findSandboxes } from "../compose/sandboxes.ts";
import { composeServer } from "../compose/server.ts";
import { composeQueue, composeWorker } from "../compose/worker.ts";
import { parseEnvironment } from "../config/parse-environment.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { type SandboxProviderName, sandboxProviders } from "../domain/sandbox.ts";
import { demoFiles, demoIssue, recordingPath } from "../playground/demo/demo-issue.ts";
import { type GitHubLookAlike, startGitHub } from "../playground/github/start-github.ts";
import { loadModelScript } from "../playground/model/model-script.ts";
import { startScriptedModel } from "../playground/model/start-scripted-model.ts";
import { listEvents } from "../store/events.ts";
import { findLatestRun } from "../store/runs.ts";
import { timelineLine } from "./timeline.ts";
import { untilStopped } from "./until-stopped.ts";
import type { Verb, VerbContext } from "./verb.ts";

interface DemoOptions {
  readonly model: "recorded" | "live";
  readonly sandbox: "auto" | SandboxProviderName;
  readonly exit?: boolean;
}

export const demo: Verb<DemoOptions> = {
  name: "demo",
  summary:
    "the whole job on this machine with nothing configured: a GitHub look-alike, an issue, a label, a pull request",
  example: "nightshift demo --exit",
  configure: (command) =>
    command
      .addOption(
        new Option("--model <which>", "recorded answers, or a live model by the keys and settings that are set")
          .choices(["recorded", "live"])
          .default("recorded"),
      )
      .addOption(
        new Option(
          "--sandbox <which>",
          "auto: docker where an engine and the image are ready, else srt where it works, else process",
        )
          .choices(["auto", ...sandboxProviders])
          .default("auto"),
      )
      .option("--exit", "end when the job is done instead of keeping the pages up (--json implies it)"),
  async run(options, context) {
    await using parts = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), "nightshift-demo-"));
    parts.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 3 }));
    // The embedded Postgres runs as a user of its own where we are root.
    await chmod(dataDir, 0o711);

    const github = parts.use(await startGitHub());
    const configuration = await configure(options, context, github, dataDir, parts);
    const log = openLog(configuration.environment);
    const database = parts.use(await openDatabase(configuration));

    const started = performance.now();
    const tell = (line: string) =>
      context.say(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
    const ended = Promise.withResolvers<void>();
    context.signal.addEventListener("abort", () => ended.resolve(), { once: true });
    const queue = parts.use(await composeQueue(database, log));
    const worker = parts.use(
      await composeWorker(configuration, database, queue, log, (_, event) => {
        tell(timelineLine(event));
        if (event.type === "run_ended") ended.resolve();
      }),
    );
    if (worker.factory.sandboxes.warning !== undefined) context.say(worker.factory.sandboxes.warning);
    context.say(
      options.model === "live"
        ? `Model: ${worker.factory.models.namesOf("code")[0]}, live.`
        : "Model: recorded answers, replayed through the real SDK; the cost is what they would have cost.",
    );
    const server = parts.use(await composeServer(configuration, database, queue, log));
    github.setWebhookUrl(`${server.url}/api/github/webhooks`);

    const { label } = configuration.settings;
    const issue = await labelIssue(github, label);
    context.say(`Issue: ${issue.url}, labelled ${label} by @ada.\n`);
    const run = await findLatestRun(database.db);
    for (const { event } of await listEvents(database.db, run.ticketId)) {
      if (event.type === "delivery_accepted" || event.type === "ticket_queued") tell(timelineLine(event));
    }
    await ended.promise;
    if (context.signal.aborted) return 2;

    const record = await readRunRecord(database, run.id);
    context.answer(record, summary(record, options.exit === true ? [] : pagesOf(record, github, issue.url)));
    if (options.exit !== true && !context.json) {
      context.say("\nThe pages stay up until Ctrl-C.");
      await untilStopped(context.signal);
    }
    return record.status === "succeeded" ? 0 : 1;
  },
};

/** The same configuration as `start` reads, but for the look-alike, a folder of its own and, unless live, the recorded model. */
async function configure(
  { model, sandbox }: DemoOptions,
  { config, say }: VerbContext,
  github: GitHubLookAlike,
  dataDir: string,
  parts: AsyncDisposableStack,
): Promise<Configuration> {
  const own = await readConfiguration({ ...process.env, APP_ID: undefined }, process.cwd(), config);
  const { host, protocol } = new URL(github.url);
  const environment = parseEnvironment({
    APP_ID: String(github.app.id),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    GHE_HOST: host,
    GHE_PROTOCOL: protocol.replace(":", ""),
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: process.env["LOG_LEVEL"] ?? "error",
  });
  const provider = sandbox === "auto" ? await chooseSandbox(own.settings.sandbox.image, say) : sandbox;
  // Nobody comes back to the demo's repository: a snapshot of it would stay on the engine for nothing.
  const sandboxSettings = { ...own.settings.sandbox, provider, snapshots_mb: 0 };
  const settings = { ...own.settings, data_dir: dataDir, sandbox: sandboxSettings };
  if (model === "live") return { environment, settings, variables: process.env };

  const scripted = parts.use(await startScriptedModel({ script: await loadModelScript(recordingPath) }));
  const { claude } = own.settings.llm.providers;
  const recorded = {
    ...claude,
    api: "messages" as const,
    enabled: true,
    api_key_env: "ANTHROPIC_API_KEY",
    base_url: scripted.anthropicBaseUrl,
    model: "recorded",
    price: listPrice(own),
  };
  return {
    environment,
    settings: {
      ...settings,
      llm: { ...own.settings.llm, mode: "claude", providers: { ...own.settings.llm.providers, claude: recorded } },
    },
    variables: { ANTHROPIC_API_KEY: "recorded" },
  };
}

/** The demo's repository is our own, so where nothing isolates it runs all the same, and says so. */
async function chooseSandbox(image: string, say: VerbContext["say"]): Promise<SandboxProviderName> {
  const { name = "process", why } = await findSandboxes(image);
  say(`Sandbox: ${name} (${why}).`);
  return name;
}

async function labelIssue(
  github: GitHubLookAlike,
  label: string,
): Promise<{ readonly number: number; readonly url: string }> {
  github.addUser("ada");
  const repo = await github.addRepository({ owner: "acme", name: "fair-share", files: await demoFiles() });
  github.setPermission(repo, "ada", "write");
  const issue = await github.openIssue(repo, { by: "ada", ...demoIssue });
  await github.addLabel(repo, issue.number, label, "ada");
  return issue;
}

function pagesOf({ pull_request: pull }: RunRecord, github: GitHubLookAlike, issueUrl: string): readonly string[] {
  const pages = [github.url, issueUrl, ...(pull === null ? [] : [pull.url, `${pull.url}/files`])];
  return ["", "Look at it in a browser:", ...pages.map((url) => `  ${url}`)];
}

/** @param pages lines on where to look at it. */
function summary(record: RunRecord, pages: readonly string[]): string {
  const pull = record.pull_request;
  const colour = (passed: boolean | undefined) => (passed === undefined ? "not run" : passed ? "green" : "red");
  return [
    "",
    record.status === "succeeded"
      ? "A tested pull request is open."
      : `The run ended ${record.status}: ${record.reason}`,
    ...(pull === null ? [] : [`  Pull request  #${pull.number} on ${pull.branch}${pull.draft ? " (draft)" : ""}`]),
    `  Tests         ${colour(record.evidence?.base.passed)} on the base, ${colour(record.evidence?.head.passed)} with the change`,
    `  Model         ${record.model}: ${record.turns} turns, $${record.cost_usd.toFixed(4)}`,
    `  Sandbox       ${record.sandbox}`,
    `  Took          ${(record.duration_ms / 1000).toFixed(1)} s`,
    ...pages,
  ].join("\n");
}
