/** What is said between Nightshift and the program that starts commands inside an srt sandbox. */
export const frameTypes = {
  /** Inside is up; its number means nothing. */
  ready: 0,
  /** A `StartRequest` as JSON. */
  start: 1,
  /** Bytes for standard input. */
  input: 2,
  /** The end of standard input. */
  inputEnd: 3,
  /** Kill the command and all that it started. */
  kill: 4,
  stdout: 5,
  stderr: 6,
  /** The exit code as a 32-bit number: the last word about a command. */
  exit: 7,
  /** Kill all that was ever started; answered by an `exit`. */
  killAll: 8,
} as const;

export interface StartRequest {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether `input` frames follow; otherwise standard input is at its end. */
  readonly input: boolean;
}

export interface Frame {
  readonly type: number;
  /** The command that it is about. */
  readonly id: number;
  readonly payload: Buffer;
}

/** Type, command and length of the payload. */
const headerBytes = 9;
const maxPayloadBytes = 4 * 1024 * 1024;

export function encodeFrame(type: number, id: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  frame.writeUInt8(type, 0);
  frame.writeUInt32BE(id, 1);
  frame.writeUInt32BE(payload.length, 5);
  frame.set(payload, headerBytes);
  return frame;
}

/** Puts frames together again from the chunks in which they arrive. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete now. @throws RangeError for a payload that no side of ours would send. */
  push(chunk: Buffer): readonly Frame[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.length - at >= headerBytes) {
      const length = bytes.readUInt32BE(at + 5);
      if (length > maxPayloadBytes) throw new RangeError(`A frame of ${length} bytes is too long.`);
      const end = at + headerBytes + length;
      if (end > bytes.length) break;
      frames.push({
        type: bytes.readUInt8(at),
        id: bytes.readUInt32BE(at + 1),
        payload: bytes.subarray(at + headerBytes, end),
      });
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
}
