import { once } from "node:events";
import { createServer } from "node:http";
import { createNodeMiddleware, Probot } from "probot";
import type { Log } from "../../src/compose/log.ts";
import type { GitHubApp } from "../../src/config/parse-environment.ts";

export interface BareProbot extends AsyncDisposable {
  readonly url: string;
}

/** Probot as its documentation starts it, with one handler for `issues.labeled`. */
export async function startBareProbot(
  app: GitHubApp,
  { logger }: Log,
  onLabeled: (deliveryId: string) => Promise<void>,
): Promise<BareProbot> {
  const probot = new Probot({ appId: app.id, privateKey: app.privateKey, secret: app.webhookSecret, log: logger });
  const middleware = await createNodeMiddleware(
    (loaded) => {
      loaded.on("issues.labeled", ({ id }) => onLabeled(id));
    },
    { probot },
  );
  const server = createServer(middleware).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a listening TCP server has a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
