import { expect, test } from "vitest";
import { encodeFrame, FrameReader, frameTypes } from "../../../../src/sandbox/srt/frames.ts";

const bytes = Buffer.concat([
  encodeFrame(frameTypes.ready, 0),
  encodeFrame(frameTypes.stdout, 7, Buffer.from("héllo")),
  encodeFrame(frameTypes.exit, 4_000_000_000, Buffer.alloc(4)),
]);
const frames = [
  { type: frameTypes.ready, id: 0, payload: Buffer.alloc(0) },
  { type: frameTypes.stdout, id: 7, payload: Buffer.from("héllo") },
  { type: frameTypes.exit, id: 4_000_000_000, payload: Buffer.alloc(4) },
];

test("frames are put together again wherever they were cut", () => {
  for (const size of [1, 3, 10, bytes.length]) {
    const reader = new FrameReader();
    const got = [];
    for (let at = 0; at < bytes.length; at += size) got.push(...reader.push(bytes.subarray(at, at + size)));
    expect(got).toEqual(frames);
  }
});

test("a length that nobody of ours would send is refused before it is waited for", () => {
  const header = encodeFrame(frameTypes.stdout, 1);
  header.writeUInt32BE(0xffffffff, 5);
  expect(() => new FrameReader().push(header)).toThrow(RangeError);
});
