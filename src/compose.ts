import { join, resolve } from "node:path";
import * as Sentry from "@sentry/node";
import pino, { type Logger } from "pino";
import { Probot } from "probot";
import { renderPrompt } from "./agent/render-prompt.ts";
import { followWebhookProxy } from "./app/follow-webhook-proxy.ts";
import { nightshiftApp } from "./app/nightshift-app.ts";
import { startWebhookServer, type WebhookServer, webhookPath } from "./app/webhook-server.ts";
import { type Environment, parseEnvironment } from "./config/parse-environment.ts";
import { parseRepositorySettings } from "./config/parse-repository-settings.ts";
import { type OperatorFile, readOperatorSettings } from "./config/read-operator-settings.ts";
import type { DependencyHosts } from "./domain/dependency-hosts.ts";
import { NightshiftError } from "./domain/errors.ts";
import type { Forge } from "./domain/forge.ts";
import type { HealthCheck } from "./domain/health.ts";
import type { PriceSettings } from "./domain/llm-settings.ts";
import type { Model } from "./domain/model.ts";
import { type Redact, redactor } from "./domain/redact.ts";
import type { Models } from "./domain/route.ts";
import type { RunRecord } from "./domain/run-record.ts";
import type { SandboxProvider, SandboxProviderName } from "./domain/sandbox.ts";
import type { OperatorSettings } from "./domain/settings.ts";
import type { Listener } from "./execution/execute-run.ts";
import { type Recording, readRecording } from "./execution/read-recording.ts";
import { type ReplayedConversation, replayRun } from "./execution/replay-run.ts";
import { runRecordOf } from "./execution/run-record.ts";
import type { Factory } from "./execution/workflow.ts";
import { githubForge } from "./forge/github-forge.ts";
import { buildModel } from "./models/build-model.ts";
import type { ConfiguredModel } from "./models/configure-model.ts";
import { openModels } from "./models/open-models.ts";
import { priceOf } from "./models/price-of.ts";
import { type ResolvedModels, resolveModels } from "./models/resolve-models.ts";
import { openQueue, type Queue, type QueueOptions } from "./queue/queue.ts";
import { startWorker } from "./queue/start-worker.ts";
import type { PreparationListener } from "./queue/work-on-preparations.ts";
import { npmRegistry } from "./registries/npm-registry.ts";
import { registryHosts } from "./registries/registry-hosts.ts";
import { chooseProvider, type FoundProvider, findProvider, type ProviderOptions } from "./sandbox/choose-provider.ts";
import type { DockerOptions } from "./sandbox/docker-options.ts";
import { writeCertificates } from "./sandbox/guard/certificates.ts";
import { checkSnapshots } from "./sandbox/snapshot-check.ts";
import { startEmbeddedPostgres, visitEmbeddedPostgres } from "./store/embedded-postgres.ts";
import { installationName } from "./store/installation.ts";
import { migrate, pendingMigrations } from "./store/migrate.ts";
import { type ModelResult, modelResults } from "./store/model-results.ts";
import { openStore, type Store } from "./store/open-store.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** All that was decided before the start, read once. */
export interface Configuration {
  readonly environment: Environment;
  readonly settings: OperatorSettings;
  /** Where the models' keys are looked up. */
  readonly variables: Variables;
  /** The file and line in which a setting stands. */
  readonly where?: OperatorFile["where"];
}

/** @throws NightshiftError `bad_settings` with everything that is wrong. */
export async function readConfiguration(variables: Variables, cwd: string, file?: string): Promise<Configuration> {
  return {
    environment: parseEnvironment(variables),
    ...(await readOperatorSettings({ file, environment: variables, cwd })),
    variables,
  };
}

export interface Log {
  readonly logger: Logger;
  /** Logs an error that nobody could take care of, and sends it to Sentry when a DSN is set. */
  readonly report: (error: unknown) => void;
}

/** Logs go to standard error: standard output belongs to the verb's answer. */
export function openLog({ logLevel, sentryDsn }: Environment): Log {
  const logger = pino({ name: "nightshift", level: logLevel, base: { pid: process.pid } }, pino.destination(2));
  if (sentryDsn !== undefined) Sentry.init({ dsn: sentryDsn, tracesSampleRate: 0, sendDefaultPii: false });
  return {
    logger,
    report: (error) => {
      logger.error({ err: error }, "unhandled");
      if (sentryDsn !== undefined) Sentry.captureException(error);
    },
  };
}

export interface Database extends Store {
  /** The migrations that were applied now. */
  readonly applied: readonly string[];
}

/** The database that DATABASE_URL names, or the embedded one, with its schema up to date. */
export async function openDatabase({ environment, settings }: Configuration): Promise<Database> {
  await using parts = new AsyncDisposableStack();
  const url =
    environment.databaseUrl ?? parts.use(await startEmbeddedPostgres(join(settings.data_dir, "postgres"))).url;
  const store = parts.use(await openStore(url, { connections: settings.workers.concurrency + 10 }));
  const applied = await migrate(store.db);
  const owned = parts.move();
  return { db: store.db, url, applied, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/**
 * The database for a look into it, also while another Nightshift works with the embedded one. Nothing in it is changed.
 * @throws NightshiftError `database_unavailable` when there is none, or its schema is an older one.
 */
export async function visitDatabase({ environment, settings }: Configuration): Promise<Store> {
  await using parts = new AsyncDisposableStack();
  const url =
    environment.databaseUrl ?? parts.use(await visitEmbeddedPostgres(join(settings.data_dir, "postgres"))).url;
  const store = parts.use(await openStore(url));
  const pending = await pendingMigrations(store.db);
  if (pending.length > 0) {
    const text = `The database's schema is an older one: ${pending.join(", ")} is missing. Run \`nightshift migrate\`.`;
    throw new NightshiftError("database_unavailable", text);
  }
  const owned = parts.move();
  return { db: store.db, url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** How the database stands, without changing anything in it. */
export async function examineDatabase({ environment, settings }: Configuration): Promise<HealthCheck> {
  const name = "database";
  await using parts = new AsyncDisposableStack();
  try {
    const embedded = environment.databaseUrl === undefined;
    const url =
      environment.databaseUrl ?? parts.use(await startEmbeddedPostgres(join(settings.data_dir, "postgres"))).url;
    const store = parts.use(await openStore(url));
    const pending = await pendingMigrations(store.db);
    const detail = `${embedded ? "embedded Postgres" : "the Postgres of DATABASE_URL"} answers`;
    if (pending.length === 0) return { name, ok: true, detail: `${detail}, schema up to date` };
    return { name, ok: true, detail: `${detail}; the next start applies ${pending.join(", ")}` };
  } catch (error) {
    // Whoever holds it is a Nightshift that runs, and that is how it should be.
    if (error instanceof NightshiftError && error.code === "database_busy") {
      return { name, ok: true, detail: "embedded Postgres, in use by the Nightshift that runs" };
    }
    throw error;
  }
}

/** GitHub as our App sees it. @throws NightshiftError `bad_settings` before the App is set up. */
export function composeForge({ environment, settings }: Configuration, { logger }: Log): Forge {
  const { app, githubApiUrl } = environment;
  if (app === undefined) {
    throw new NightshiftError(
      "bad_settings",
      "No GitHub App is set up: APP_ID, PRIVATE_KEY and WEBHOOK_SECRET are not set. Run `npm start` and open the page it names to make one.",
    );
  }
  return githubForge({
    appId: app.id,
    privateKey: app.privateKey,
    apiUrl: githubApiUrl,
    webUrl: webUrl(githubApiUrl),
    dataDir: settings.data_dir,
    lfsMb: settings.sandbox.lfs_mb,
    log: (message) => logger.warn(message),
  });
}

function webUrl(apiUrl: string): string {
  return apiUrl === "https://api.github.com" ? "https://github.com" : apiUrl.replace(/\/api\/v3$/, "");
}

async function composeSandboxes(
  configuration: Configuration,
  store: Store,
  registry: NpmRegistry,
): Promise<SandboxProvider> {
  const owner = await installationName(store.db);
  const options = await providerOptions(configuration, registry);
  return await chooseProvider(configuration.settings.sandbox.provider, {
    docker: { ...options.docker, owner },
    srt: { ...options.srt, owner },
    process: { owner },
  });
}

type NpmRegistry = ReturnType<typeof npmRegistry>;

async function providerOptions(configuration: Configuration, registry: NpmRegistry): Promise<ProviderOptions> {
  const docker = await dockerOptions(configuration, registry);
  return { docker, srt: { caBundle: docker.caBundle } };
}

async function dockerOptions({ settings, environment }: Configuration, registry: NpmRegistry): Promise<DockerOptions> {
  const { image, runtime, network, ca_bundle, pool } = settings.sandbox;
  // The engine has to see it under the same path, as it does the mirrors.
  const parent = resolve(settings.data_dir, "guard");
  return {
    image,
    runtime,
    pool: { size: pool },
    caBundle: ca_bundle === undefined ? undefined : await writeCertificates(ca_bundle, parent),
    guard: {
      parent,
      // What the operator names may stand in the operator's own network; what a repository names may not.
      internal: [...network.allow, gitHost(environment), ...(await ownRegistry(registry))],
      maxBytes: network.max_mb * 1024 * 1024,
    },
  };
}

/** The host of the registry that npm is configured for on this machine, which is the operator's word too. */
async function ownRegistry(registry: NpmRegistry): Promise<readonly string[]> {
  const address = await registry();
  return address === undefined || !URL.canParse(address) ? [] : [new URL(address).hostname];
}

/** The host that dependencies are fetched from by git. */
function gitHost({ githubApiUrl }: Environment): string {
  return new URL(webUrl(githubApiUrl)).hostname;
}

function composeDependencyHosts({ environment }: Configuration, registry: NpmRegistry): DependencyHosts {
  const git = gitHost(environment);
  // npm and others fetch GitHub's tarballs from there.
  const gitHosts = git === "github.com" ? [git, "codeload.github.com"] : [git];
  return async (read) => [...gitHosts, ...(await registryHosts({ read, npmRegistry: registry }))];
}

/** The checks of the provider that would be chosen, whether it is ready or not; with `auto` also why it is that one. */
export async function examineSandboxes(configuration: Configuration): Promise<readonly HealthCheck[]> {
  const { provider: setting, snapshots_mb } = configuration.settings.sandbox;
  const options = await providerOptions(configuration, npmRegistry());
  const { provider, checks } = await examineProvider(setting, options);
  if (provider === undefined || !checks.every(({ ok }) => ok)) return checks;
  return [...checks, await checkSnapshots(provider, snapshots_mb)];
}

async function examineProvider(
  setting: "auto" | SandboxProviderName,
  options: ProviderOptions,
): Promise<FoundProvider> {
  if (setting === "auto") return await findProvider(options);
  const provider = await chooseProvider(setting, options);
  return { provider, checks: await provider.check() };
}

/** @throws NightshiftError `bad_settings` with all that is wrong with who is to do what, one line each. */
function composeModels(configuration: Configuration): Models {
  const { resolved, problems } = examineModels(configuration);
  if (problems.length > 0) throw new NightshiftError("bad_settings", problems.join("\n"));
  const { settings, variables } = configuration;
  return openModels({
    llm: settings.llm,
    resolved,
    variables,
    reconcile: async (proposals) => (await renderPrompt("reconcile", proposals)).text,
  });
}

export interface ExaminedModels {
  readonly resolved: ResolvedModels;
  /** One line each, with file and line. */
  readonly problems: readonly string[];
  /** A model to be asked directly. */
  readonly build: (model: ConfiguredModel) => Model;
}

/** Who does what, whether all is well with it or not. */
export function examineModels({ settings, variables, where = () => "nightshift.yaml" }: Configuration): ExaminedModels {
  const resolved = resolveModels(settings.llm, variables);
  const problems = resolved.problems
    .map(({ path, text }) => `${where(path)}: ${text}`)
    // By line.
    .toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }));
  return { resolved, problems, build: (model) => buildModel(model, variables) };
}

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

/** What Claude costs as it is configured, as settings write it: the demo reckons with it. */
export function listPrice({ settings }: Configuration): PriceSettings {
  const { claude } = settings.llm.providers;
  const { input, output, cacheRead, cacheWrite } = priceOf("claude", claude.model, claude)?.price ?? unknownPrice;
  return { input, output, cache_read: cacheRead, cache_write: cacheWrite };
}

const unknownPrice = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

/** What the workflows work with. */
async function composeFactory(configuration: Configuration, store: Store, log: Log): Promise<Factory> {
  // Asked once for all that want to know it: npm takes its time.
  const registry = npmRegistry();
  const sandboxes = await composeSandboxes(configuration, store, registry);
  if (sandboxes.warning !== undefined) log.logger.warn(sandboxes.warning);
  return {
    db: store.db,
    forge: composeForge(configuration, log),
    sandboxes,
    models: composeModels(configuration),
    settings: configuration.settings,
    dependencyHosts: composeDependencyHosts(configuration, registry),
    protectedBranches: configuration.environment.protectedBranches,
    redact: composeRedact(configuration),
    parseRepositorySettings,
    clock: () => performance.now(),
  };
}

export async function composeQueue(
  store: Store,
  log: Log,
  options: Pick<QueueOptions, "retryDelay"> = {},
): Promise<Queue> {
  return await openQueue(store.url, { ...options, onError: log.report });
}

/** Disposal waits for the runs under way; then no sandbox is left. */
export interface RunningWorker extends AsyncDisposable {
  readonly factory: Factory;
}

/** A worker on the queue; what happens in its runs goes to `listen`, by default into the log. */
export async function composeWorker(
  configuration: Configuration,
  store: Store,
  queue: Queue,
  log: Log,
  listen: Listener = (ticketId, event) => log.logger.info({ ticketId, ...event }, event.type),
): Promise<RunningWorker> {
  await using parts = new AsyncDisposableStack();
  const factory = await composeFactory(configuration, store, log);
  parts.defer(() => factory.sandboxes[Symbol.asyncDispose]?.());
  const { concurrency } = configuration.settings.workers;
  const listenToPreparations: PreparationListener = (repository, event) =>
    log.logger[event.type === "warned" ? "warn" : "info"]({ repository, ...event }, event.type);
  const options = { concurrency, listen, listenToPreparations, onError: log.report };
  parts.use(await startWorker(queue, factory, options));
  const owned = parts.move();
  return { factory, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** How the models have done so far. */
export async function readModelResults({ db }: Store): Promise<readonly ModelResult[]> {
  return await modelResults(db);
}

/** What a run did, for people and machines. */
export async function readRunRecord({ db }: Store, runId: string): Promise<RunRecord> {
  return await runRecordOf(db, runId);
}

/** What a finished run's models were asked and said. @throws NightshiftError `bad_input` where there is nothing to go through. */
export async function readRecordedRun({ db }: Store, run: string): Promise<Recording> {
  return await readRecording(db, run);
}

export async function replayRecordedRun(
  recording: Recording,
  redact: Redact,
): Promise<readonly ReplayedConversation[]> {
  return await replayRun(recording, redact);
}

/** The provider that isolates and is ready here, if any, and a line that says why it is this one. */
export async function findSandboxes(
  image: string,
): Promise<{ readonly name: SandboxProviderName | undefined; readonly why: string }> {
  const { provider, checks } = await findProvider({ docker: { image } });
  if (provider?.name === "docker") return { name: "docker", why: "an engine and the image are ready" };
  const telling = checks.filter((check) => (provider === undefined ? !check.ok : check.ok)).slice(0, 2);
  return { name: provider?.name, why: telling.map(({ name, detail }) => `${name}: ${detail}`).join("; ") };
}

/** The server that takes GitHub's deliveries. */
export async function composeServer(
  { environment, settings }: Configuration,
  store: Store,
  queue: Queue,
  log: Log,
): Promise<WebhookServer> {
  const { app, githubApiUrl, host, port, webhookProxyUrl } = environment;
  if (app === undefined) throw new NightshiftError("bad_settings", "No GitHub App is set up: APP_ID is not set.");
  const probot = new Probot({
    appId: app.id,
    privateKey: app.privateKey,
    secret: app.webhookSecret,
    baseUrl: githubApiUrl,
    log: log.logger.child({ name: "app" }),
  });
  await probot.load(nightshiftApp({ db: store.db, ...queue, label: settings.label }));
  const isHealthy = async () => {
    try {
      await store.db.selectFrom("deliveries").select("id").limit(1).execute();
      return true;
    } catch (error) {
      log.report(error);
      return false;
    }
  };
  await using parts = new AsyncDisposableStack();
  const server = parts.use(await startWebhookServer(probot, { host, port, isHealthy, onError: log.report }));
  if (webhookProxyUrl !== undefined) {
    const target = `${server.url}${webhookPath}`;
    parts.use(await followWebhookProxy({ source: webhookProxyUrl, target, log: log.logger }));
  }
  const owned = parts.move();
  return { url: server.url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
