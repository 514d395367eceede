import { randomBytes, timingSafeEqual } from "node:crypto";
import type { lookup } from "node:dns";
import { lookup as resolveName } from "node:dns/promises";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, type IncomingMessage } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type PrepareRequestFunction, Server as ProxyServer, RequestError } from "proxy-chain";
import { NightshiftError } from "../../domain/errors.ts";
import { plainHost } from "../../domain/host-rules.ts";
import type { Refusal } from "../../domain/sandbox.ts";
import { forwarderScript } from "./forwarder.ts";
import { type GuardRules, judge, type Resolve } from "./judge.ts";
import type { Meter } from "./meter.ts";
import { refusals } from "./refusals.ts";

export interface GuardOptions extends Partial<Pick<GuardRules, "ports" | "loopback">> {
  /** Where its folder is made; both must be seen by the container engine under the same path. */
  readonly parent: string;
  readonly internal?: readonly string[];
  /** Over this, by the user's meter, everything is refused. */
  readonly maxBytes: number;
  /** The command that runs now. */
  readonly command: () => string | undefined;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
}

/** The run that a guard is for. */
export interface GuardUser {
  readonly allow: readonly string[];
  /** Counts for the run. */
  readonly meter: Meter;
  readonly onRefusal?: ((refusal: Refusal) => void) | undefined;
}

export interface Guard extends AsyncDisposable {
  /** To be mounted, read-only: the sockets below and the forwarder's script. */
  readonly folder: string;
  readonly username: string;
  readonly password: string;
  /** Resolves when a forwarder listens inside. */
  readonly forwarded: Promise<void>;
  /** Once: before it everything is refused. */
  admit(user: GuardUser): void;
}

/** What the guard's folder holds. */
export const guardFiles = { proxy: "proxy", forwarded: "forwarded", script: "forward.pl" } as const;

/** A path of a socket has 108 bytes on Linux and 104 on macOS, with the zero at its end. */
const longestPath = 103;
const mostConnections = 256;
const meterMs = 100;

/**
 * The one way out of one sandbox: an HTTP proxy behind a Unix socket of its own, which judges each request, resolves names
 * itself, and knows its run by the socket and by a password. Nothing gets out before a run is admitted. Disposal closes every
 * connection.
 */
export async function openGuard(options: GuardOptions): Promise<Guard> {
  await using parts = new AsyncDisposableStack();
  await mkdir(options.parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(options.parent, "g-"));
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const [username, password] = ["sandbox", randomBytes(24).toString("base64url")];

  let admitted: GuardUser | undefined;
  const user = () => admitted;
  const agent = new Agent();
  parts.defer(() => agent.destroy());
  // It never listens itself: connections are handed to it, from a socket that only this sandbox has.
  const proxy = new ProxyServer({ prepareRequestFunction: gatekeeper(options, user, { username, password, agent }) });
  const listener = parts.use(await listenAt(join(folder, guardFiles.proxy), (socket) => adopt(proxy, socket)));
  parts.use(metered(listener.server, user, options.maxBytes));

  const { promise: forwarded, resolve: isForwarded } = Promise.withResolvers<void>();
  parts.use(
    await listenAt(join(folder, guardFiles.forwarded), (socket) => {
      socket.destroy();
      isForwarded();
    }),
  );
  await writeFile(join(folder, guardFiles.script), forwarderScript);
  // For the engine's users inside; on the host the parent is closed to all others.
  await chmod(folder, 0o755);
  const owned = parts.move();
  return {
    folder,
    username,
    password,
    forwarded,
    admit(user) {
      if (admitted !== undefined) throw new Error(`The guard in ${folder} is another run's.`);
      admitted = user;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function gatekeeper(
  options: GuardOptions,
  user: () => GuardUser | undefined,
  { username, password, agent }: { username: string; password: string; agent: Agent },
): PrepareRequestFunction {
  const resolve = options.resolve ?? ((host) => resolveName(host, { all: true }));
  const rules: Omit<GuardRules, "allow"> = {
    internal: options.internal ?? [],
    ports: options.ports ?? [80, 443],
    loopback: options.loopback ?? false,
  };
  const record = refusals(options.command, (refusal) => user()?.onRefusal?.(refusal));
  const refuse = (target: { host: string; port: number }, reason: Refusal["reason"]) => {
    record({ host: target.host, port: target.port, reason });
    return new RequestError(`Nightshift lets nothing through to ${target.host}:${target.port} (${reason}).`, 403);
  };
  return async ({ request, hostname, port, isHttp, ...given }) => {
    if (!same(given.username, username) || !same(given.password, password)) return { requestAuthentication: true };
    const target = { host: plainHost(hostname), port };
    const { allow = [], meter } = user() ?? {};
    if (meter !== undefined && meter.bytes > options.maxBytes) throw refuse(target, "over_limit");
    const verdict = await judge(target, { ...rules, allow }, resolve).catch((error: unknown) => {
      throw new RequestError(`${target.host} cannot be resolved: ${String(error)}`, 502);
    });
    if (!verdict.allowed) throw refuse(target, verdict.reason);
    // One server may answer for many names: the name that was judged has to be the one that is asked for.
    const named = isHttp ? hostHeader(request) : target.host;
    if (named !== target.host) throw refuse({ host: named, port }, "not_allowed");
    return { dnsLookup: answering(verdict.addresses), httpAgent: agent };
  };
}

function same(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function hostHeader({ headers }: IncomingMessage): string {
  return plainHost((headers.host ?? "").replace(/:\d*$/, ""));
}

/** A lookup that knows one answer: whatever it is asked for, these addresses were checked and no others are used. */
function answering(addresses: readonly { readonly address: string; readonly family: number }[]): typeof lookup {
  const answer = (
    _host: string,
    options: { readonly all?: boolean },
    done: (error: Error | null, found: unknown, family?: number) => void,
  ) => {
    const [first] = addresses;
    if (first === undefined) done(new Error("No address was found."), []);
    else if (options.all === true) done(null, addresses);
    else done(null, first.address, first.family);
  };
  // The proxy's type asks for all overloads of Node's own function; Node itself calls a `lookup` in this one way.
  return answer as unknown as typeof lookup;
}

function adopt(proxy: ProxyServer, socket: Socket): void {
  // The proxy takes a connection without a remote address for one that is closed already; on a Unix socket there is none.
  Object.defineProperty(socket, "remoteAddress", { value: "sandbox" });
  // As Node documents for http.Server: a connection that was accepted elsewhere is handed over by this event.
  proxy.server.emit("connection", socket);
}

async function listenAt(
  path: string,
  onConnection: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly server: Server }> {
  if (Buffer.byteLength(path) > longestPath) {
    throw new NightshiftError(
      "bad_settings",
      `No socket can have a path as long as ${path}. Choose a shorter \`data_dir\` in nightshift.yaml.`,
    );
  }
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, onConnection);
  server.maxConnections = mostConnections;
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // Whoever takes the socket over listens for more; alone, a sandbox that breaks off must not end this process.
    socket.on("error", () => socket.destroy());
  });
  server.listen(path);
  await once(server, "listening");
  await chmod(path, 0o666);
  return {
    server,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}

/** Counts what goes through the server's connections, and cuts them off over the limit. */
function metered(server: Server, user: () => GuardUser | undefined, maxBytes: number): Disposable {
  const counted = new Map<Socket, number>();
  const count = (socket: Socket) => {
    const meter = user()?.meter;
    if (meter === undefined) return;
    const bytes = socket.bytesRead + socket.bytesWritten;
    meter.bytes += bytes - (counted.get(socket) ?? 0);
    counted.set(socket, bytes);
  };
  const timer = setInterval(() => {
    for (const socket of counted.keys()) {
      count(socket);
      if ((user()?.meter.bytes ?? 0) > maxBytes) socket.destroy();
    }
  }, meterMs).unref();
  server.on("connection", (socket) => {
    counted.set(socket, 0);
    socket.once("close", () => {
      count(socket);
      counted.delete(socket);
    });
  });
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
