import type { Marks } from "./shell-protocol.ts";

const lineEnd = 0x0a;

/** Finds, in the bytes that a kept shell gives, what belongs to one command: all between its two marks. */
export class MarkedOutput {
  readonly #begin: Buffer;
  readonly #end: Buffer;
  readonly #onOutput: (chunk: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);
  #since: string | undefined;
  #exitCode: number | undefined;

  constructor(marks: Marks, onOutput: (chunk: Buffer) => void) {
    this.#begin = Buffer.from(marks.begin);
    this.#end = Buffer.from(marks.end);
    this.#onOutput = onOutput;
  }

  /** When the command began, in seconds since the system's start; empty where that is not known, `undefined` before. */
  get since(): string | undefined {
    return this.#since;
  }

  /** Once the command has ended. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  add(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#since === undefined) this.#since = this.#take(this.#begin, () => undefined);
    if (this.#since === undefined || this.#exitCode !== undefined) return;
    const exitCode = this.#take(this.#end, this.#onOutput);
    if (exitCode !== undefined) this.#exitCode = Number(exitCode);
  }

  /** What was held back because a mark might have begun with it: for the case that none comes any more. */
  flush(): void {
    if (this.#since !== undefined && this.#exitCode === undefined && this.#held.length > 0) this.#onOutput(this.#held);
    this.#held = Buffer.alloc(0);
  }

  /** What stands behind the mark on its line, once all of it is there; what comes before goes to `onBefore`. */
  #take(mark: Buffer, onBefore: (chunk: Buffer) => void): string | undefined {
    const at = this.#held.indexOf(mark);
    const before = at === -1 ? this.#held.length - commonEnd(this.#held, mark) : at;
    if (before > 0) onBefore(this.#held.subarray(0, before));
    this.#held = this.#held.subarray(before);
    const end = at === -1 ? -1 : this.#held.indexOf(lineEnd, mark.length);
    if (end === -1) return undefined;
    const value = this.#held.toString("latin1", mark.length + 1, end);
    this.#held = this.#held.subarray(end + 1);
    return value;
  }
}

/** How many of the last bytes may be the beginning of the mark. */
function commonEnd(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(bytes.length, mark.length - 1); length > 0; length -= 1) {
    if (bytes.subarray(-length).equals(mark.subarray(0, length))) return length;
  }
  return 0;
}
