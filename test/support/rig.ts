import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import type { Configuration } from "../../src/compose/configuration.ts";
import { openLog } from "../../src/compose/log.ts";
import { composeServer } from "../../src/compose/server.ts";
import { composeQueue, composeWorker } from "../../src/compose/worker.ts";
import { parseEnvironment } from "../../src/config/parse-environment.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import type { SandboxProviderName } from "../../src/domain/sandbox.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import type { AddRepository } from "../../src/playground/github/github-look-alike.ts";
import { type GitHubLookAlike, startGitHub } from "../../src/playground/github/start-github.ts";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import type { Queue } from "../../src/queue/queue.ts";
import type { Store } from "../../src/store/open-store.ts";
import { testDatabase } from "./test-database.ts";

export interface Rig extends AsyncDisposable {
  readonly github: GitHubLookAlike;
  readonly model: ScriptedModel;
  readonly store: Store;
  readonly queue: Queue;
  readonly configuration: Configuration;
  /** Runs git in the look-alike's own copy of the repository. */
  readonly git: (
    repo: { readonly owner: string; readonly name: string },
    ...args: readonly string[]
  ) => Promise<string>;
  /** As when its machine is shut down: runs under way are left for another worker. */
  readonly stopWorker: () => Promise<void>;
  /** What happened in all runs so far. */
  readonly events: readonly RunEvent[];
  /** Settles with the end of the next run whose end was not waited for yet. */
  readonly runEnded: () => Promise<Extract<RunEvent, { type: "run_ended" }>>;
  /** Settles with the first event of this type from now on. */
  readonly next: (type: RunEvent["type"]) => Promise<RunEvent>;
}

export interface RigOptions {
  readonly script: ModelScript;
  readonly sandbox: SandboxProviderName;
  /** Over the defaults of the operator's settings. */
  readonly settings?: object;
  readonly protectedBranches?: string;
  /** What the model is called, where its tools depend on that. */
  readonly model?: string;
}

/** The whole product, as `start` composes it, on a GitHub look-alike and a scripted model: all of it real HTTP, Postgres and git. */
export async function startRig(options: RigOptions): Promise<Rig> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "nightshift-rig-"));
  parts.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 3 }));
  const gitDir = join(dataDir, "github");
  await mkdir(gitDir);
  const github = parts.use(await startGitHub({ dir: gitDir }));
  const model = parts.use(await startScriptedModel({ script: options.script }));
  const store = parts.use(await testDatabase());

  const { host } = new URL(github.url);
  const configuration: Configuration = {
    environment: parseEnvironment({
      APP_ID: String(github.app.id),
      PRIVATE_KEY: github.app.privateKey,
      WEBHOOK_SECRET: github.app.webhookSecret,
      GHE_HOST: host,
      GHE_PROTOCOL: "http",
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "fatal",
      PROTECTED_BRANCHES: options.protectedBranches ?? "",
    }),
    settings: operatorSettings.parse({
      data_dir: dataDir,
      llm: {
        mode: "claude",
        providers: { claude: { base_url: model.anthropicBaseUrl, model: options.model ?? "scripted", price } },
      },
      sandbox: { provider: options.sandbox },
      ...options.settings,
    }),
    variables: { ANTHROPIC_API_KEY: "scripted" },
    githubSecondMs: 1,
  };
  const log = openLog(configuration.environment);
  const feed = eventFeed();
  const queue = parts.use(
    await composeQueue(store, log, { retryDelay: { seconds: 1, maxSeconds: 1 }, replySeconds: 1 }),
  );
  const worker = await composeWorker(configuration, store, queue, log, (_, event) => feed.push(event));
  const working = parts.use(new AsyncDisposableStack());
  working.use(worker);
  // What the engine would keep for the next start of this installation, of which there is none. Runs under way end first.
  parts.defer(async () => {
    await worker[Symbol.asyncDispose]();
    await worker.factory.sandboxes.snapshots?.trim(0);
  });
  const server = parts.use(await composeServer(configuration, store, queue, log));
  github.setWebhookUrl(`${server.url}/api/github/webhooks`);

  const owned = parts.move();
  return {
    github,
    model,
    store,
    configuration,
    git: async (repo, ...args) =>
      (await promisify(execFile)("git", ["-C", join(gitDir, repo.owner, `${repo.name}.git`), ...args])).stdout,
    queue,
    stopWorker: () => working.disposeAsync(),
    events: feed.events,
    runEnded: feed.nextEnd,
    next: feed.next,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const price = { input: 3, output: 15 };

/** Awaits events instead of sleeping until they should have happened. */
function eventFeed() {
  type End = Extract<RunEvent, { type: "run_ended" }>;
  const events: RunEvent[] = [];
  const ends: End[] = [];
  const waiting: ((end: End) => void)[] = [];
  const watchers: { readonly type: RunEvent["type"]; readonly tell: (event: RunEvent) => void }[] = [];
  return {
    events,
    push(event: RunEvent) {
      events.push(event);
      for (const watcher of watchers.filter(({ type }) => type === event.type)) {
        watchers.splice(watchers.indexOf(watcher), 1);
        watcher.tell(event);
      }
      if (event.type !== "run_ended") return;
      const next = waiting.shift();
      if (next === undefined) ends.push(event);
      else next(event);
    },
    next: (type: RunEvent["type"]): Promise<RunEvent> => new Promise((tell) => watchers.push({ type, tell })),
    nextEnd: (): Promise<End> => {
      const end = ends.shift();
      return end === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(end);
    },
  };
}

/** `acme/shop` with these files, an open issue by @ada who may write, and its number. */
export async function anIssue(
  { github }: Pick<Rig, "github">,
  of: {
    readonly files: AddRepository["files"];
    readonly name?: string;
    readonly defaultBranch?: string;
    readonly title?: string;
    readonly body?: string;
    readonly labels?: readonly string[];
  },
) {
  github.addUser("ada");
  const { files, name = "shop", defaultBranch = "main" } = of;
  const repo = await github.addRepository({ owner: "acme", name, files, defaultBranch });
  github.setPermission(repo, "ada", "write");
  const { title = "Sum is wrong", body = "`sum([1, 2])` is 2.", labels = ["bug"] } = of;
  const { number } = await github.openIssue(repo, { by: "ada", title, body, labels });
  return { repo, number };
}

/** The script went by what was asked of it. */
export function expectNoComplaints({ model }: Pick<Rig, "model">): void {
  expect(model.complaints).toEqual([]);
}
