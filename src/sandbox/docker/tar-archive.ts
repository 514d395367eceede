export interface TarEntry {
  /** Relative to where the archive is unpacked; a folder's ends with `/`. At most 100 bytes. */
  readonly path: string;
  readonly uid: number;
  readonly content?: string;
}

const block = 512;

/** A tar archive (POSIX ustar) of a few small folders and files. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(entryBlocks), Buffer.alloc(2 * block)]);
}

function entryBlocks(entry: TarEntry): Buffer[] {
  const content = Buffer.from(entry.content ?? "");
  const padding = Buffer.alloc((block - (content.length % block)) % block);
  return [header(entry, content.length), content, padding];
}

// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html, "ustar Interchange Format"
function header(entry: TarEntry, size: number): Buffer {
  const isFolder = entry.path.endsWith("/");
  const bytes = Buffer.alloc(block);
  bytes.write(entry.path, 0, 100);
  bytes.write(octal(isFolder ? 0o755 : 0o644, 8), 100);
  bytes.write(octal(entry.uid, 8), 108);
  bytes.write(octal(entry.uid, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(0, 12), 136);
  bytes.write(" ".repeat(8), 148);
  bytes.write(isFolder ? "5" : "0", 156);
  bytes.write("ustar\x0000", 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 7)}\0`, 148);
  return bytes;
}

/** `width` bytes with the zero at the end, which the zeroed header holds already. */
function octal(value: number, width: number): string {
  return value.toString(8).padStart(width - 1, "0");
}
