const defaultCap = 1_000_000;

/** What a command printed, within a bound of memory: the first and the last half of `cap` bytes. */
export class OutputBuffer {
  readonly #half: number;
  readonly #head: Buffer[] = [];
  #headRoom: number;
  #tail: Buffer[] = [];
  #tailLength = 0;
  #leftOut = 0;

  constructor(cap: number = defaultCap) {
    this.#half = Math.floor(cap / 2);
    this.#headRoom = this.#half;
  }

  add(chunk: Buffer): void {
    const first = chunk.subarray(0, this.#headRoom);
    this.#headRoom -= first.length;
    if (first.length > 0) this.#head.push(Buffer.from(first));
    if (chunk.length > first.length) this.#addToTail(chunk.subarray(first.length));
  }

  #addToTail(chunk: Buffer): void {
    this.#tail.push(Buffer.from(chunk));
    this.#tailLength += chunk.length;
    // Not at every chunk: copying the tail for each of many small ones would take quadratic time.
    if (this.#tailLength > 2 * this.#half) this.#trimTail();
  }

  #trimTail(): void {
    const tail = Buffer.concat(this.#tail);
    const surplus = Math.max(0, tail.length - this.#half);
    this.#tail = [Buffer.from(tail.subarray(surplus))];
    this.#tailLength -= surplus;
    this.#leftOut += surplus;
  }

  /** The text so far; invalid UTF-8 is replaced, and a middle that was left out is said so. */
  text(): string {
    this.#trimTail();
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail);
    if (this.#leftOut === 0) return Buffer.concat([head, tail]).toString("utf8");
    // `stream` keeps back a character that the cut goes through; the tail drops the rest of one.
    const start = new TextDecoder().decode(head, { stream: true });
    return `${start}\n[... ${this.#leftOut} bytes left out ...]\n${tail.subarray(continuationBytes(tail)).toString("utf8")}`;
  }
}

function continuationBytes(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && ((bytes[count] ?? 0) & 0xc0) === 0x80) count += 1;
  return count;
}
