import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { answer } from "./answer.ts";
import { createState } from "./create-state.ts";
import type { GitHubLookAlike, StartOptions } from "./github-look-alike.ts";
import { people } from "./people.ts";
import { views } from "./views.ts";

export type { GitHubLookAlike, StartOptions } from "./github-look-alike.ts";

/** Starts a GitHub look-alike. It ends, with everything that it started, when it is disposed of. */
export async function startGitHub(options: StartOptions = {}): Promise<GitHubLookAlike> {
  const { host = "127.0.0.1", port = 0 } = options;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "nightshift-github-")));
  const ending = new AbortController();
  const server = createServer();
  const url = await listen(server, host, port);
  const github = await createState(options, { url, dir, signal: ending.signal });
  const serve = answer(github);
  const listener = getRequestListener(async (request, { incoming }) => await serve(request, () => incoming.destroy()), {
    overrideGlobalObjects: false,
  });
  server.on("request", listener);
  return {
    url,
    apiUrl: github.apiUrl,
    app: github.app,
    ...people(github),
    ...views(github),
    async [Symbol.asyncDispose]() {
      ending.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return `http://${host}:${address.port}`;
}
