import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { Sandbox, SandboxProvider, SandboxRequest } from "../../src/domain/sandbox.ts";
import { bareMirror } from "./bare-mirror.ts";

/** The host as an attempt to escape finds it: things that it must not get at, and ways to see whether it did. */
export interface EscapeWorld extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Of another run. */
  readonly other: Sandbox;
  makeSandbox(changes?: Partial<SandboxRequest>): Promise<Sandbox>;
  /** In the worker's environment, in `hostFile` and told by each listener. */
  readonly secret: string;
  readonly hostFile: string;
  readonly homeFile: string;
  readonly mirror: string;
  readonly workerPid: number;
  /** On every address of this machine. */
  readonly listeners: readonly { readonly host: string; readonly port: number }[];
  /** How many connections the listeners got. */
  reached(): number;
  /** `still` when nothing writes to a disposed sandbox's files any more. */
  pulse(sandbox: Sandbox): Promise<"still" | "beats">;
}

export async function escapeWorld(
  provider: SandboxProvider,
  request: Omit<SandboxRequest, "mirror">,
): Promise<EscapeWorld> {
  await using building = new AsyncDisposableStack();
  const parts = building.use(new AsyncDisposableStack());
  const secret = "open sesame";
  process.env["NIGHTSHIFT_TEST_SECRET"] = secret;
  const folder = mkdtempSync(join(tmpdir(), "host-"));
  parts.defer(() => rmSync(folder, { recursive: true }));
  const hostFile = join(folder, "secret");
  writeFileSync(hostFile, secret);
  const home = mkdtempSync(join(homedir(), ".nightshift-test-"));
  parts.defer(() => rmSync(home, { recursive: true }));
  const homeFile = join(home, "secret");
  writeFileSync(homeFile, secret);
  const mirror = bareMirror({ "README.md": "hello\n" });
  parts.defer(() => mirror[Symbol.dispose]());

  let reached = 0;
  const listeners: { host: string; port: number }[] = [];
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  for (const { address: host, scopeid } of addresses) {
    if (scopeid) continue; // Link-local: it has a zone of its own.
    const server = createServer((socket) => {
      reached += 1;
      socket.on("error", () => undefined).end(`HTTP/1.0 200 OK\r\n\r\n${secret}`);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, host, resolve);
    await promise;
    parts.defer(() => void server.close());
    const bound = server.address();
    if (typeof bound === "object" && bound !== null) listeners.push({ host, port: bound.port });
  }

  const signal = new AbortController().signal;
  const makeSandbox = async (changes: Partial<SandboxRequest> = {}) =>
    parts.use(await provider.create({ ...request, mirror: mirror.path, ...changes }, { signal }));
  const sandbox = await makeSandbox();
  const other = await makeSandbox({ runId: "run-2" });
  building.move();
  return {
    sandbox,
    other,
    makeSandbox,
    secret,
    hostFile,
    homeFile,
    mirror: mirror.path,
    workerPid: process.pid,
    listeners,
    reached: () => reached,
    async pulse({ scratch }) {
      const file = join(scratch, "pulse");
      return existsSync(file) && Date.now() - statSync(file).mtimeMs < 60_000 ? "beats" : "still";
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
