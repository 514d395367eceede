import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { NightshiftError } from "../domain/errors.ts";

const owner = z.object({ id: z.string(), host: z.string(), pid: z.number().int() });

const heartbeatMs = 5_000;
const staleMs = 30_000;
const pollMs = 100;

/**
 * Waits until no other process holds the lock; disposal gives it back.
 * A lock whose process is dead, or that was not renewed for half a minute, is taken over. Two that take over in the same instant
 * may both believe they hold it: whoever uses it must stay whole then, only slower.
 */
export async function fileLock(path: string, options: { readonly signal: AbortSignal }): Promise<AsyncDisposable> {
  const mine = { id: randomUUID(), host: hostname(), pid: process.pid };
  while (!(await take(path, mine))) {
    if (await isStale(path)) await takeAway(path);
    else await pause(path, options.signal);
  }
  const heartbeat = setInterval(() => void renew(path), heartbeatMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(heartbeat);
      const holder = await readOwner(path);
      if (holder?.id === mine.id) await rm(path, { force: true });
    },
  };
}

async function take(path: string, mine: z.infer<typeof owner>): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(mine), { flag: "wx" });
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  const age = await ageMs(path);
  if (age === undefined) return false;
  if (age > staleMs) return true;
  const holder = await readOwner(path);
  if (holder === undefined || holder.host !== hostname()) return false;
  // A restarted container gives its first process the same number again.
  const fromBefore = holder.pid === process.pid && age > process.uptime() * 1000;
  return fromBefore || !isAlive(holder.pid);
}

/** Moved aside first, so that of two who find it stale only one removes it. */
async function takeAway(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  await rm(aside, { force: true });
}

async function pause(path: string, signal: AbortSignal): Promise<void> {
  try {
    await delay(pollMs, undefined, { signal });
  } catch (error) {
    throw new NightshiftError("cancelled", `Waiting for the lock ${path} was cancelled.`, { cause: error });
  }
}

async function renew(path: string): Promise<void> {
  const now = new Date();
  // Taken over or not writable: it grows stale, and nothing waits here to be told.
  await utimes(path, now, now).catch(() => undefined);
}

async function ageMs(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** `undefined` when there is none, or when its holder has not finished writing it. */
async function readOwner(path: string): Promise<z.infer<typeof owner> | undefined> {
  try {
    return owner.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
