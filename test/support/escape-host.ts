import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { lazyShell } from "../../src/agent/lazy-shell.ts";
import { runTool } from "../../src/agent/run-tool.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import type { ToolResult } from "../../src/domain/message.ts";
import type { CommandResult, Refusal, Sandbox, SandboxProvider, SandboxRequest } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { bareMirror } from "./bare-mirror.ts";
import { aCall } from "./played-model.ts";
import { dockerForTests } from "./sandbox-providers.ts";

// What code in a sandbox may try to get out, or to bring the worker down. Every test is one attempt, made from inside, and
// after each one the sandbox and the process that owns it must be alive.

const owner = `test-${randomUUID()}`;
export const secret = `secret-${randomUUID()}`;
export const folder = mkdtempSync(join(tmpdir(), "escape-"));
export const secretFile = join(folder, "host-secret.txt");
export const never = new AbortController().signal;
export const mirror = bareMirror({ "README.md": "hello\n" });

/** Who came to the host's listeners. */
const reached: string[] = [];
const tcp = createServer((socket) => {
  reached.push("tcp");
  socket.on("error", () => undefined).end(secret);
});
const udp = createSocket("udp6", () => reached.push("udp"));
const web = createHttpServer((request, response) => {
  if (request.url === "/away") response.writeHead(302, { location: `http://forbidden.test:${webPort}/` }).end();
  else response.end(`allowed ${request.headers.host}`);
});
export const ports = { tcp: 0, udp: 0 };
export let webPort = 0;
/** Names that the guard was made to look up. */
export const lookedUp: string[] = [];

const portOf = (address: string | AddressInfo | null) => (typeof address === "object" ? (address?.port ?? 0) : 0);

beforeAll(async () => {
  process.env["NIGHTSHIFT_ESCAPE_SECRET"] = secret;
  writeFileSync(secretFile, secret);
  // On every address that the machine has, of both families.
  await once(tcp.listen(0, "::"), "listening");
  ports.tcp = portOf(tcp.address());
  await once(udp.bind(0, "::"), "listening");
  ports.udp = udp.address().port;
  await once(web.listen(0, "127.0.0.1"), "listening");
  webPort = portOf(web.address());
});
afterAll(() => {
  delete process.env["NIGHTSHIFT_ESCAPE_SECRET"];
  tcp.close();
  udp.close();
  web.close();
  web.closeAllConnections();
  mirror[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const addresses: Readonly<Record<string, string>> = {
  "allowed.test": "127.0.0.1",
  "private.test": "192.168.7.7",
  "metadata.test": "169.254.169.254",
};

const guardOptions = () => ({
  parent: join(folder, "g"),
  internal: ["allowed.test"],
  loopback: true,
  ports: [80, 443, webPort],
  resolve: async (host: string) => {
    lookedUp.push(host);
    return [{ address: addresses[host] ?? "93.184.215.14", family: 4 }];
  },
});

const providers: readonly {
  readonly name: string;
  readonly here: boolean;
  readonly provider: () => SandboxProvider;
}[] = [
  { name: "docker", here: await dockerForTests(), provider: () => dockerProvider({ owner, guard: guardOptions() }) },
];

/** Registers attempts to get out; each file of them has one sandbox, and after each attempt it must be alive. */
export function noWayLeadsBy(attempts: (from: Inside) => void): void {
  for (const { name, here, provider: make } of providers) {
    describe.skipIf(!here)(`out of a sandbox of the ${name} provider, no way leads by`, () => {
      let provider: SandboxProvider;
      let made: Sandbox | undefined;
      const sandbox = () => {
        if (made === undefined) throw new Error("The sandbox is made before the first test, not before.");
        return made;
      };
      const refusals: Refusal[] = [];

      const request = (changes: Partial<SandboxRequest> = {}): SandboxRequest => ({
        runId: "escapes",
        lease: 1,
        purpose: "work",
        mirror: mirror.path,
        network: { allow: Object.keys(addresses) },
        limits: { memoryMb: 256, cpus: 1, processes: 100, diskMb: 500, openFiles: 256 },
        onRefusal: (refusal) => refusals.push(refusal),
        ...changes,
      });
      const create = (changes: Partial<SandboxRequest> = {}) => provider.create(request(changes), { signal: never });
      const run = (line: string, of = sandbox(), timeoutMs = 60_000) => of.run({ line, timeoutMs }, { signal: never });
      const outputOf = async (line: string, of = sandbox()) => (await run(line, of)).output.trim();
      /** Runs a program; it prints what it got hold of. */
      const python = async (program: string, of = sandbox()) => {
        const path = `${of.scratch}/attempt.py`;
        await of.writeFile(path, Buffer.from(program));
        return await outputOf(`python3 ${path} 2>&1`, of);
      };
      const use = async (tool: string, args: unknown) =>
        (
          await runTool(aCall(tool, args), coderTools, {
            sandbox: sandbox(),
            shell: lazyShell(sandbox()),
            files: lazyShell(sandbox()),
            signal: never,
          })
        ).result;

      beforeAll(async () => {
        provider = make();
        made = await create();
      });
      afterAll(() => made?.[Symbol.asyncDispose]());
      afterEach(async () => {
        expect(reached).toEqual([]);
        expect(await outputOf("echo alive")).toBe("alive");
        refusals.length = 0;
        lookedUp.length = 0;
      });
      attempts({ refusals, request, create, run, outputOf, python, use, sandbox });
    });
  }
}

/** What an attempt is made with. */
interface Inside {
  readonly refusals: readonly Refusal[];
  request(changes?: Partial<SandboxRequest>): SandboxRequest;
  create(changes?: Partial<SandboxRequest>): Promise<Sandbox>;
  run(line: string, of?: Sandbox, timeoutMs?: number): Promise<CommandResult>;
  outputOf(line: string, of?: Sandbox): Promise<string>;
  /** Runs a program; it prints what it got hold of. */
  python(program: string, of?: Sandbox): Promise<string>;
  use(tool: string, args: unknown): Promise<ToolResult>;
  sandbox(): Sandbox;
}
