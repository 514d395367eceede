import { parseRepositorySettings } from "../config/parse-repository-settings.ts";
import type { Forge } from "../domain/forge.ts";
import type { Listener } from "../execution/execute-run.ts";
import type { Factory } from "../execution/workflow.ts";
import { openQueue, type Queue, type QueueOptions } from "../queue/queue.ts";
import { startWorker } from "../queue/start-worker.ts";
import type { PreparationListener } from "../queue/work-on-preparations.ts";
import { npmRegistry } from "../registries/npm-registry.ts";
import type { Store } from "../store/open-store.ts";
import type { Configuration } from "./configuration.ts";
import { composeForge } from "./forge.ts";
import type { Log } from "./log.ts";
import { composeModels } from "./models.ts";
import { composeRedact } from "./redact.ts";
import { composeDependencyHosts, composeSandboxes } from "./sandboxes.ts";

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
  const factory: Factory = { ...(await composeFactory(configuration, store, log)), askPeople: true };
  parts.defer(() => factory.sandboxes[Symbol.asyncDispose]?.());
  if (factory.sandboxes.warning !== undefined) log.logger.warn(factory.sandboxes.warning);
  const { concurrency } = configuration.settings.workers;
  const listenToPreparations: PreparationListener = (repository, event) =>
    log.logger[event.type === "warned" ? "warn" : "info"]({ repository, ...event }, event.type);
  const options = { concurrency, listen, listenToPreparations, onError: log.report };
  parts.use(await startWorker(queue, factory, options));
  const owned = parts.move();
  return { factory, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What the workflows work with. */
export async function composeFactory(
  configuration: Configuration,
  store: Store,
  log: Log,
  forge: Forge = composeForge(configuration, log),
): Promise<Factory> {
  // Asked once for all that want to know it: npm takes its time.
  const registry = npmRegistry();
  const sandboxes = await composeSandboxes(configuration, store, registry);
  return {
    db: store.db,
    forge,
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
  options: Pick<QueueOptions, "retryDelay" | "replySeconds"> = {},
): Promise<Queue> {
  return await openQueue(store.url, { ...options, onError: log.report });
}
