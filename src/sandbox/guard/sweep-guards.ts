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
    if (await isDead(join(folder, guardFiles.proxy))) await rm(folder, { recursive: true, force: true });
  }
}

async function isDead(path: string): Promise<boolean> {
  const socket = connect(path);
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
