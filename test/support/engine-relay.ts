import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const engine = "/var/run/docker.sock";

/** The engine's socket by another path, which can go away and come back while the engine itself runs on. */
export interface EngineRelay extends AsyncDisposable {
  readonly path: string;
  /** As when the engine is stopped: every connection is cut, and nobody listens any more. */
  stop(): void;
  start(): Promise<void>;
  /** As when it hangs: from now on what is asked is taken, and never answered. */
  hang(): void;
}

export async function engineRelay(): Promise<EngineRelay> {
  const folder = await mkdtemp(join(tmpdir(), "relay-"));
  const path = join(folder, "engine.sock");
  const open = new Set<Socket>();
  let server: Server | undefined;
  let hangs = false;

  const relay = (socket: Socket) => {
    const upstream = connect(engine);
    for (const end of [socket, upstream]) {
      open.add(end);
      end.once("close", () => open.delete(end));
      // One that is cut has nobody to tell.
      end.on("error", () => undefined);
    }
    socket.once("close", () => upstream.destroy());
    upstream.once("close", () => socket.end());
    socket.on("data", (chunk) => {
      if (!hangs) upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (!hangs) socket.write(chunk);
    });
  };
  const stop = () => {
    server?.close();
    server = undefined;
    for (const socket of open) socket.destroy();
  };
  const start = async () => {
    server = createServer(relay).listen(path);
    await once(server, "listening");
  };
  await start();
  return {
    path,
    stop,
    start,
    hang() {
      hangs = true;
    },
    async [Symbol.asyncDispose]() {
      stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
