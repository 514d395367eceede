import diagnostics from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";
import { openDatabase } from "../../src/compose/database.ts";
import { openLog } from "../../src/compose/log.ts";
import { findSandboxes } from "../../src/compose/sandboxes.ts";
import { composeServer } from "../../src/compose/server.ts";
import { composeQueue, composeWorker } from "../../src/compose/worker.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import { startGitHub } from "../../src/playground/github/start-github.ts";
import { startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import type { Bench } from "./bench.ts";
import { containerAndClone, folderAndClone } from "./container-and-clone.ts";
import { configurationOf, temporaryFolder } from "./factory-floor.ts";
import { inTurns, type Sample } from "./measure.ts";

const files = 20_000;

const units = {
  first_request: "ms",
  first_request_cold: "ms",
  first_request_pooled: "ms",
  sandbox_pooled: "ms",
  first_request_after_push: "ms",
  mirror_after_push: "ms",
  sandbox_after_push: "ms",
  label_to_run: "ms",
  admit: "ms",
  mirror: "ms",
  sandbox: "ms",
  prompt: "ms",
};

/**
 * From the label to the first request that the model gets: webhook, queue, worker, GitHub, mirror, sandbox, checkout, prompt.
 * Beside it the part that cannot be left out: a container of the same image, started, with a clone of the mirror in it.
 */
export const start: Bench = async (context) => {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const github = parts.use(await startGitHub({ events: ["issues"] }));
  const model = parts.use(await startScriptedModel({ script: { turns: [refusal] } }));
  const scripted = {
    api_key_env: "KEY",
    base_url: model.anthropicBaseUrl,
    model: "scripted",
    price: { input: 3, output: 15 },
  };
  const { image } = operatorSettings.parse({}).sandbox;
  const provider = (await findSandboxes(image)).name === "docker" ? "docker" : "process";
  const configured = (pool: number) =>
    configurationOf({
      app: github.app,
      githubUrl: github.url,
      dataDir: folder.path,
      settings: {
        sandbox: { provider, pool },
        llm: { mode: "claude", providers: { claude: scripted } },
      },
      variables: { KEY: "scripted" },
    });
  const configuration = configured(0);
  const log = openLog(configuration.environment);
  const database = parts.use(await openDatabase(configuration));
  const queue = parts.use(await composeQueue(database, log));
  let tell: (event: RunEvent) => void = () => undefined;
  const workerWith = (pool: number) => composeWorker(configured(pool), database, queue, log, (_, event) => tell(event));
  let worker = await workerWith(0);
  parts.defer(async () => {
    await worker[Symbol.asyncDispose]();
    await worker.factory.sandboxes.snapshots?.trim(0);
  });
  const server = parts.use(await composeServer(configuration, database, queue, log));
  github.setWebhookUrl(`${server.url}/api/github/webhooks`);

  github.addUser("ada");
  const repo = await github.addRepository({ owner: "acme", name: "shop", files: manyFiles() });
  github.setPermission(repo, "ada", "write");
  const mirror = await worker.factory.forge.mirror(repo, { signal: context.signal });

  const fromLabel = async (): Promise<Sample> => {
    const { number } = await github.openIssue(repo, {
      by: "ada",
      title: "Start",
      body: "As fast as you can, in `src`.",
    });
    const ended = Promise.withResolvers<void>();
    context.signal.addEventListener("abort", () => ended.reject(context.signal.reason), { once: true });
    const at = new Map<RunEvent["type"], number>();
    let sandboxMs = Number.NaN;
    tell = (event) => {
      if (!at.has(event.type)) at.set(event.type, performance.now());
      if (event.type === "sandbox_started") sandboxMs = event.durationMs;
      if (event.type === "run_ended") ended.resolve();
    };
    const asked = firstRequestTo(model.url, context.signal);
    const labelled = performance.now();
    await github.addLabel(repo, number, configuration.settings.label, "ada");
    const [askedAt] = await Promise.all([asked, ended.promise]);
    const when = (type: RunEvent["type"]) => at.get(type) ?? Number.NaN;
    return {
      first_request: askedAt - labelled,
      label_to_run: when("run_started") - labelled,
      admit: when("state_changed") - when("run_started"),
      mirror: when("sandbox_started") - sandboxMs - when("state_changed"),
      sandbox: sandboxMs,
      prompt: askedAt - when("sandbox_started"),
    };
  };
  // Once, and before anything else: it keeps the snapshot that the others start from, and what is written after many files
  // were removed takes several times as long.
  const { first_request: first_request_cold = Number.NaN } = await fromLabel();
  const cloneToDisk = provider === "docker" ? await containerAndClone(image, mirror.path, "disk") : Number.NaN;
  const ours = async (): Promise<Sample> => ({ ...(await fromLabel()), first_request_cold });
  const sampleOf = (ms: number): Sample => ({ first_request: ms, first_request_cold: ms, sandbox: ms });
  const measures = await inTurns(
    {
      units,
      rounds: 5,
      ours,
      peers:
        provider === "docker"
          ? {
              container_and_clone: async () => ({ first_request_cold: cloneToDisk }),
              container_and_clone_in_memory: async () =>
                sampleOf(await containerAndClone(image, mirror.path, "memory")),
            }
          : { folder_and_clone: async () => sampleOf(await folderAndClone(mirror.path)) },
    },
    context,
  );
  await worker[Symbol.asyncDispose]();
  worker = await workerWith(1);
  const pooled = async (): Promise<Sample> => {
    const { first_request = Number.NaN, sandbox = Number.NaN } = await fromLabel();
    // What is started behind it does not take turns with the peer.
    await setTimeout(1_000);
    return { first_request_pooled: first_request, sandbox_pooled: sandbox };
  };
  const pooledPeers = {
    container_and_clone_in_memory: async () => {
      const ms = await containerAndClone(image, mirror.path, "memory");
      return { first_request_pooled: ms, sandbox_pooled: ms };
    },
  };
  const ahead =
    provider === "docker" ? await inTurns({ units, rounds: 5, ours: pooled, peers: pooledPeers }, context) : {};
  const afterPush = async (): Promise<Sample> => {
    const files = { "src/part-1/file-1.js": `// ${performance.now()}\n` };
    await github.commit(repo, { message: "The branch moves", files, by: "ada" });
    const { first_request = Number.NaN, mirror = Number.NaN, sandbox = Number.NaN } = await fromLabel();
    return { first_request_after_push: first_request, mirror_after_push: mirror, sandbox_after_push: sandbox };
  };
  const peersAfterPush =
    provider === "docker"
      ? {
          container_and_clone_in_memory: async () => ({
            first_request_after_push: await containerAndClone(image, mirror.path, "memory"),
          }),
        }
      : {};
  const moved = await inTurns({ units, rounds: 5, ours: afterPush, peers: peersAfterPush }, context);
  return { ...measures, ...ahead, ...moved };
};

// So the run ends right after the request that is measured, without a look at what was changed.
const refusal = { fault: { status: 400, times: 1_000 }, reply: { text: "Never said." } };

function manyFiles(): Record<string, string> {
  const line = (file: number) => (_: unknown, at: number) => `export const value${at} = ${file * 31 + at};\n`;
  const entries = Array.from({ length: files }, (_, file): [string, string] => [
    `src/part-${file % 50}/file-${file}.js`,
    Array.from({ length: 20 }, line(file)).join(""),
  ]);
  return { "package.json": '{ "scripts": { "test": "node --test" } }\n', ...Object.fromEntries(entries) };
}

/** When the next request reaches the server at this address. */
async function firstRequestTo(url: string, signal: AbortSignal): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const port = Number(new URL(url).port);
  const onRequest = (message: unknown) => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.socket.localPort === port) resolve(performance.now());
  };
  const onAbort = () => reject(signal.reason);
  diagnostics.subscribe("http.server.request.start", onRequest);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await promise;
  } finally {
    diagnostics.unsubscribe("http.server.request.start", onRequest);
    signal.removeEventListener("abort", onAbort);
  }
}
