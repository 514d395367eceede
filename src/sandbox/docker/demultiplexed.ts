import { Transform } from "node:stream";

const headerLength = 8;

/**
 * Takes the engine's frames (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach)
 * and gives what is in them, whichever output it came from. A pipe, so that a slow reader slows down the writer.
 */
export function demultiplexed(): Transform {
  let header = Buffer.alloc(0);
  let left = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let rest = chunk; rest.length > 0; ) {
        if (left === 0) {
          const missing = headerLength - header.length;
          header = Buffer.concat([header, rest.subarray(0, missing)]);
          rest = rest.subarray(missing);
          if (header.length < headerLength) break;
          left = header.readUInt32BE(4);
          header = Buffer.alloc(0);
        }
        const content = rest.subarray(0, left);
        left -= content.length;
        rest = rest.subarray(content.length);
        if (content.length > 0) this.push(content);
      }
      done();
    },
  });
}
