import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { guardFiles } from "./open-guard.ts";

/** Removes what guards left behind whose process was killed: folders in which nobody listens any more. */
export async function sweepGuards(parent: string): Promise<void> {
  // There is none before the first guard.
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((it) => it.startsWith("g-"))) {
    const folder = join(parent, name);
    if (await isGuardDead(folder)) await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the process that opened the guard in this folder has ended. Never said of one that this process cannot see. */
export async function isGuardDead(folder: string): Promise<boolean> {
  const socket = connect(join(folder, guardFiles.proxy));
  try {
    await once(socket, "connect");
    return false;
  } catch (error) {
    // Not there yet is no sign of death: another process may be about to open it.
    return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}
