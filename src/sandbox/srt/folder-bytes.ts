import { execFile } from "node:child_process";

/** What a folder takes on the disk, in bytes. What it changes meanwhile is counted as it was or as it is. */
export function folderBytes(folder: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    // It fails, and counts the rest, when a file goes away under it.
    execFile("du", ["-s", "-k", folder], { signal }, (error, stdout) => {
      const kilobytes = Number.parseInt(stdout, 10);
      if (Number.isNaN(kilobytes)) reject(error ?? new Error(`du says nothing of ${folder}.`));
      else resolve(kilobytes * 1024);
    });
  });
}
