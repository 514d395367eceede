import { Probot } from "probot";
import { followWebhookProxy } from "../app/follow-webhook-proxy.ts";
import { nightshiftApp } from "../app/nightshift-app.ts";
import { startWebhookServer, type WebhookServer, webhookPath } from "../app/webhook-server.ts";
import { NightshiftError } from "../domain/errors.ts";
import type { Queue } from "../queue/queue.ts";
import type { Store } from "../store/open-store.ts";
import type { Configuration } from "./configuration.ts";
import type { Log } from "./log.ts";

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
