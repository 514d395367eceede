import { expect, test } from "vitest";
import { demultiplexed } from "../../../../src/sandbox/docker/demultiplexed.ts";

function frame(stream: number, content: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(content), 4);
  return Buffer.concat([header, Buffer.from(content)]);
}

test("the engine's frames are opened, wherever they are cut", async () => {
  const bytes = Buffer.concat([frame(1, "one "), frame(2, "two "), frame(1, ""), frame(1, "three")]);
  for (const size of [1, 3, 7, 8, 9, bytes.length]) {
    const opened = demultiplexed();
    for (let at = 0; at < bytes.length; at += size) opened.write(bytes.subarray(at, at + size));
    opened.end();
    expect(Buffer.concat(await opened.toArray()).toString()).toBe("one two three");
  }
});
