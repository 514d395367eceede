import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { githubForge } from "../../src/forge/github/github-forge.ts";
import { startGitHub } from "../../src/playground/github/start-github.ts";
import { bareRemote } from "../support/bare-remote.ts";

const { signal } = new AbortController();

/** What could be seen on this host while git was talking. */
interface Sighting {
  readonly authorization: string;
  readonly commandLines: readonly string[];
}

/** Stands between git and GitHub, and looks around whenever git says something. */
async function startWatcher(target: string) {
  const seen: Sighting[] = [];
  const server = createServer(async (incoming, outgoing) => {
    seen.push({ authorization: incoming.headers.authorization ?? "", commandLines: await commandLines() });
    const { method, headers } = incoming;
    const onward = request(`${target}${incoming.url}`, { method, headers });
    onward.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, outgoing).catch(() => outgoing.destroy());
    });
    await pipeline(incoming, onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The watcher has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function commandLines(): Promise<string[]> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  // A process may end while we look.
  const lines = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return lines.map((line) => line.replaceAll("\0", " "));
}

async function contents(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

test.runIf(process.platform === "linux")(
  "the token of a fetch and a push is on no command line and in no file",
  async () => {
    await using github = await startGitHub();
    await using watcher = await startWatcher(github.url);
    await using stack = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), "nightshift-token-"));
    stack.defer(() => rm(dataDir, { recursive: true }));
    const repo = await github.addRepository({ owner: "acme", name: "shop", files: { "cart.js": "x\n" } });
    const { app, apiUrl } = github;
    const forge = githubForge({ appId: app.id, privateKey: app.privateKey, apiUrl, webUrl: watcher.url, dataDir });

    const mirror = await forge.mirror(repo, { signal });
    await using person = await bareRemote();
    await person.work("fetch", "--quiet", mirror.path, "main");
    const headSha = await person.commit({ onto: mirror.headSha, files: { "cart.js": "y\n" } });
    const change = await person.change(mirror.headSha, headSha);
    const branch = "fix/1-x";
    await forge.ensureBranch({ repo, mirror, branch, change, lastPushedSha: null, protectedBranches: [] }, { signal });
    expect(await github.refs(repo)).toMatchObject({ [`refs/heads/${branch}`]: headSha });

    const basics = [...new Set(watcher.seen.map(({ authorization }) => authorization.replace(/^Basic /, "")))];
    const tokens = basics.map((basic) =>
      Buffer.from(basic, "base64")
        .toString()
        .replace(/^x-access-token:/, ""),
    );
    // One that may only read, and one that may write.
    expect(tokens).toEqual([expect.stringMatching(/^ghs_\w{20,}$/), expect.stringMatching(/^ghs_\w{20,}$/)]);

    const commands = watcher.seen.flatMap((sighting) => sighting.commandLines).join("\n");
    for (const verb of ["ls-remote", "fetch", "push"]) expect(commands).toMatch(new RegExp(`^git .*${verb}`, "m"));
    const onDisk = await contents(dataDir);
    for (const secret of [...basics, ...tokens]) {
      expect(commands).not.toContain(secret);
      expect(onDisk).not.toContain(secret);
    }
  },
);

test("a refused token is not in the error", async () => {
  await using github = await startGitHub();
  await using watcher = await startWatcher(github.url);
  const repo = await github.addRepository({ owner: "acme", name: "shop", files: { "cart.js": "x\n" } });
  const { app, apiUrl } = github;
  const dataDir = await mkdtemp(join(tmpdir(), "nightshift-token-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(dataDir, { recursive: true }));
  const forge = githubForge({ appId: app.id, privateKey: app.privateKey, apiUrl, webUrl: watcher.url, dataDir });
  github.fault({ method: "GET", path: /info\/refs$/, times: 2, answer: { type: "status", status: 403 } });
  const error = await forge.mirror(repo, { signal }).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "forge_refused", message: expect.stringContaining('lacks "contents: read"') });
  const [seen] = watcher.seen;
  const basic = seen?.authorization.replace(/^Basic /, "") ?? "";
  expect(basic).not.toBe("");
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(basic);
});
