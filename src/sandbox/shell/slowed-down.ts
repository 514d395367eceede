import type { Readable } from "node:stream";

const burstBytes = 64_000_000;
const pieceBytes = 1_000_000;
const pauseMs = 10;

/**
 * The same listener for a stream's data, but after the first 64 MB the stream rests between the megabytes: what prints
 * without end must not take a processor of the host just to be thrown away.
 */
export function slowedDown(stream: Readable, listener: (chunk: Buffer) => void): (chunk: Buffer) => void {
  let room = burstBytes;
  return (chunk) => {
    listener(chunk);
    room -= chunk.length;
    if (room > 0) return;
    room = pieceBytes;
    stream.pause();
    setTimeout(() => stream.resume(), pauseMs).unref();
  };
}
