import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { explain, NightshiftError } from "../domain/errors.ts";
import { lockFolder } from "./folder-lock.ts";
import {
  blockedAt,
  type PostgresBinaries,
  type PostgresUser,
  postgresBinaries,
  postgresUser,
} from "./postgres-binaries.ts";

const run = promisify(execFile);
const login = "nightshift";

export interface EmbeddedServer extends AsyncDisposable {
  /** Of the database `nightshift` in it. */
  readonly url: string;
}

/**
 * Starts a real Postgres of our own with its data in `folder`, on loopback, under a password that is made for this folder.
 * Works as root too (the server then runs as the system user `postgres`, made where it is missing).
 * @throws NightshiftError `database_busy` when another process uses the folder, `database_unavailable` when it does not start.
 */
export async function startEmbeddedPostgres(folder: string): Promise<EmbeddedServer> {
  const root = resolve(folder);
  try {
    await mkdir(root, { recursive: true });
  } catch (cause) {
    const text = `The database's folder ${root} cannot be made. Name another \`data_dir\` in nightshift.yaml.`;
    throw new NightshiftError("bad_settings", text, { cause });
  }
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

/**
 * The server of `folder` for a look into it: that of the process which uses the folder, for as long as it runs, else one of our own.
 * @throws NightshiftError `database_unavailable` when the folder holds no database, and what `startEmbeddedPostgres` throws.
 */
export async function visitEmbeddedPostgres(folder: string): Promise<EmbeddedServer> {
  const root = resolve(folder);
  if (!existsSync(join(root, "data"))) {
    throw new NightshiftError(
      "database_unavailable",
      `There is no database in ${root} yet: Nightshift has not run here. Set DATABASE_URL, or \`data_dir\` in nightshift.yaml, where it has.`,
    );
  }
  try {
    return await startEmbeddedPostgres(root);
  } catch (error) {
    if (!(error instanceof NightshiftError && error.code === "database_busy")) throw error;
    const port = await portOf(join(root, "data"));
    if (port === undefined) throw error;
    const password = await passwordOf(root);
    return { url: `postgres://${login}:${password}@127.0.0.1:${port}/nightshift`, async [Symbol.asyncDispose]() {} };
  }
}

/** Of the server that runs in it: the fourth line of https://www.postgresql.org/docs/current/storage-file-layout.html's `postmaster.pid`. */
async function portOf(data: string): Promise<number | undefined> {
  const lines = (await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  const port = Number.parseInt(lines[3] ?? "", 10);
  return Number.isNaN(port) ? undefined : port;
}

interface Cluster extends PostgresBinaries {
  readonly data: string;
  readonly log: string;
  readonly user: PostgresUser;
}

async function start(root: string, lock: AsyncDisposable): Promise<EmbeddedServer> {
  const user = await postgresUser();
  const blocked = user === undefined ? undefined : await blockedAt(root);
  if (blocked !== undefined) {
    throw new NightshiftError(
      "database_unavailable",
      `The embedded Postgres runs as the user \`postgres\`, who may not pass ${blocked} to its data in ${root}. Name another folder (data_dir in nightshift.yaml, like /var/lib/nightshift), or set DATABASE_URL.`,
    );
  }
  const cluster = {
    ...(await postgresBinaries(user, root)),
    user,
    data: join(root, "data"),
    log: join(root, "server.log"),
  };
  const password = await passwordOf(root);
  const port = await freePort();
  try {
    if (!existsSync(join(cluster.data, "PG_VERSION"))) await initialise(cluster, password);
    // After a `kill -9` of ours the server goes on alone; nobody else can hold the folder's lock, so it is nobody's.
    if (existsSync(join(cluster.data, "postmaster.pid"))) await stop(cluster).catch(() => undefined);
    await startServer(cluster, port);
  } catch (cause) {
    const log = (await readFile(cluster.log, "utf8").catch(() => "")).trim().split("\n").slice(-3).join(" ");
    throw new NightshiftError(
      "database_unavailable",
      `The embedded Postgres did not start in ${cluster.data}: ${log || explain(cause)}. Set DATABASE_URL to use a server of your own.`,
      { cause },
    );
  }
  const url = `postgres://${login}:${password}@127.0.0.1:${port}`;
  await ensureDatabase(`${url}/postgres`);
  return {
    url: `${url}/nightshift`,
    async [Symbol.asyncDispose]() {
      await stop(cluster);
      await lock[Symbol.asyncDispose]();
    },
  };
}

async function initialise({ initdb, data, user }: Cluster, password: string): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const passwordFile = `${data}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    if (user !== undefined) for (const path of [data, passwordFile]) await chown(path, user.uid, user.gid);
    const options = [`--pgdata=${data}`, `--username=${login}`, `--pwfile=${passwordFile}`];
    await run(initdb, [...options, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"], { ...user, cwd: data });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

// By `pg_ctl`, since it gives the server a session of its own: Ctrl-C in a terminal ends us, and we end the server last.
async function startServer({ pgCtl, data, log, user }: Cluster, port: number): Promise<void> {
  await (await open(log, "a")).close();
  if (user !== undefined) await chown(log, user.uid, user.gid);
  // Only loopback, and no socket file in a folder that others share.
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200`;
  await run(pgCtl, ["start", "--wait", "--silent", "-D", data, "-l", log, "-o", options], { ...user, cwd: data });
}

async function stop({ pgCtl, data, user }: Cluster): Promise<void> {
  await run(pgCtl, ["stop", "--wait", "--silent", "--mode=fast", "-D", data], { ...user, cwd: data });
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
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

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done, fail) => probe.once("error", fail).listen(0, "127.0.0.1", done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === "string") throw new Error("a listening TCP server has a port");
  return address.port;
}
