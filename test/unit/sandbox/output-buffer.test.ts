import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputBuffer } from "../../../src/sandbox/output-buffer.ts";

function collect(cap: number, chunks: readonly Uint8Array[]): string {
  const buffer = new OutputBuffer(cap);
  for (const chunk of chunks) buffer.add(Buffer.from(chunk));
  return buffer.text();
}

test("what fits is kept as it is, whatever chunks it comes in", () => {
  const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { maxLength: 10 });
  fc.assert(
    fc.property(texts, (parts) => {
      const whole = parts.join("");
      const bytes = [...Buffer.from(whole)].map((byte) => Uint8Array.of(byte));
      expect(collect(10_000, bytes)).toBe(whole);
    }),
  );
});

test("over the cap the first and the last half are kept, and the rest is counted", () => {
  const bytes = fc.array(fc.uint8Array({ min: 97, max: 122, maxLength: 30 }), { maxLength: 30 });
  fc.assert(
    fc.property(bytes, (chunks) => {
      const whole = Buffer.concat(chunks).toString();
      const expected =
        whole.length <= 20
          ? whole
          : `${whole.slice(0, 10)}\n[... ${whole.length - 20} bytes left out ...]\n${whole.slice(-10)}`;
      expect(collect(20, chunks)).toBe(expected);
    }),
  );
});

test("a character that the cut goes through is left out, not garbled", () => {
  expect(collect(8, [Buffer.from("abcé-----éxyz")])).toBe("abc\n[... 7 bytes left out ...]\nxyz");
});
