/** What a runner says between the error's name and what was compared. */
const frame = /^[+-] (?:actual|expected) [+-] |^[+-]\s+(?:Expected|Received)\b/;

const error = /^\w*(?:Error|Exception)\b/;

/** Why a test failed, in one line: what was wanted and what came, where a message says so. */
export function causeOf(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const python = lines.flatMap((line) => /^E {2,}(.+)$/.exec(line)?.[1] ?? []);
  if (python.length > 0) return python.find((line) => error.test(line)) ?? python[0] ?? "";
  const [expected, received] = [/^Expected.*: ./, /^Received.*: ./].map((shape) =>
    lines.find((line) => shape.test(line)),
  );
  if (expected !== undefined && received !== undefined)
    return `${expected}, ${received.toLowerCase().slice(0, 8)}${received.slice(8)}`;
  const [first = "", ...rest] = lines.filter((line) => line !== "" && !frame.test(line));
  const plain = first.replace(/^AssertionError(?: \[\w+\])?: /, "");
  // A file that cannot be read is told by its place first.
  if (/:\d+$/.test(plain)) return rest.find((line) => error.test(line)) ?? plain;
  if (!plain.endsWith(":") && !plain.startsWith("expect(received)")) return plain;
  const compared = rest.filter((line) => /^[+-]/.test(line)).slice(0, 2);
  return [plain, ...(compared.length > 0 ? compared : rest.slice(0, 1))].join(" ");
}
