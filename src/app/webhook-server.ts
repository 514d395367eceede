import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Probot } from "probot";
import { NightshiftError } from "../domain/errors.ts";
import { parseJson } from "../domain/parse-json.ts";

export const webhookPath = "/api/github/webhooks";
// The App's manifest, as Probot's setup page makes it, names the root.
const paths: readonly (string | undefined)[] = [webhookPath, "/"];

// GitHub caps payloads at 25 MB: https://docs.github.com/en/webhooks/webhook-events-and-payloads
const maxBodyBytes = 25 * 1024 * 1024;

/** How long a client that stalls may hold up the end. */
const patienceMs = 5_000;

export interface WebhookServer extends AsyncDisposable {
  readonly url: string;
}

export interface WebhookServerOptions {
  readonly host: string;
  readonly port: number;
  /** Answers `GET /healthz`: whether deliveries can be taken now. */
  readonly isHealthy: () => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/**
 * Serves GitHub's deliveries: 401 for a signature that does not fit the raw body, 202 once the delivery is written down,
 * 500 when it could not be, so that GitHub lists it as failed and it can be delivered again.
 */
export async function startWebhookServer(probot: Probot, options: WebhookServerOptions): Promise<WebhookServer> {
  await probot.ready();
  const server = createServer(listener(probot, options));
  await new Promise<void>((done, fail) => {
    server.once("error", (cause: Error & { code?: string }) =>
      fail(
        cause.code === "EADDRINUSE"
          ? new NightshiftError("bad_settings", `Port ${options.port} is in use. Set PORT to another one.`, { cause })
          : cause,
      ),
    );
    server.listen(options.port, options.host, done);
  });
  return {
    url: `http://${printable(options.host)}:${portOf(server.address())}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      server.closeIdleConnections();
      const patience = setTimeout(() => server.closeAllConnections(), patienceMs);
      await closed;
      clearTimeout(patience);
    },
  };
}

function listener(probot: Probot, { isHealthy, onError }: WebhookServerOptions): RequestListener {
  return (request, response) => {
    const path = (request.url ?? "/").split("?")[0];
    const answered =
      paths.includes(path) && request.method === "POST"
        ? receive(probot, request, response)
        : path === "/healthz" || path === "/ping"
          ? isHealthy().then((ok) => answer(response, ok ? 200 : 503, ok ? "ok" : "the database does not answer"))
          : Promise.resolve(answer(response, 404, "Nightshift takes GitHub's deliveries here; there are no pages."));
    answered.catch((error: unknown) => {
      onError(error);
      if (!response.headersSent)
        answer(response, 500, "the delivery could not be written down; deliver it again later");
    });
  };
}

async function receive(probot: Probot, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [id, name, signature] = [
    request.headers["x-github-delivery"],
    request.headers["x-github-event"],
    request.headers["x-hub-signature-256"],
  ];
  const body = await readBody(request);
  if (body === undefined) return answer(response, 413, "the payload is larger than GitHub sends");
  // The signature first: an unsigned request learns nothing about what else is wrong with it.
  if (!(await isSigned(probot, body, signature))) {
    return answer(response, 401, "the signature does not fit the body and the webhook secret");
  }
  if (typeof id !== "string" || typeof name !== "string") {
    return answer(response, 400, "the headers x-github-delivery and x-github-event are missing");
  }
  const payload = parseJson(body);
  if (typeof payload !== "object" || payload === null) {
    return answer(response, 400, "the body is not a JSON object; set the webhook's content type to application/json");
  }
  // The event's name and payload fit each other when GitHub signed them; what is not documented is dropped by the translation.
  await probot.webhooks.receive({ id, name, payload } as Parameters<typeof probot.webhooks.receive>[0]);
  return answer(response, 202, "accepted");
}

async function isSigned(probot: Probot, body: string, signature: string | string[] | undefined): Promise<boolean> {
  // The library throws where either is empty; no delivery of GitHub's is.
  if (body === "" || typeof signature !== "string" || signature === "") return false;
  return await probot.webhooks.verify(body, signature);
}

/** The raw body, since the signature is of its bytes; `undefined` when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("a listening TCP server has a port");
  return address.port;
}

function printable(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
