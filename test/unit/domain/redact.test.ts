import fc from "fast-check";
import { expect, test } from "vitest";
import { redactedJson, redactor } from "../../../src/domain/redact.ts";

// Put together here, so that nobody who looks for leaked secrets finds these.
const of = (...parts: readonly string[]) => parts.join("");
const a = (count: number) => "aB3".repeat(count).slice(0, count);

test.each([
  ["GitHub token", of("gh", "p_", a(36))],
  ["GitHub token", of("gh", "s_", a(36))],
  ["GitHub token", of("github", "_pat_", a(60))],
  ["GitLab token", of("glpat", "-", a(20))],
  ["model key", of("sk", "-ant-api03-", a(40))],
  ["model key", of("sk", "-proj-", a(40))],
  ["model key", of("gs", "k_", a(52))],
  ["model key", of("xa", "i-", a(80))],
  ["model key", of("h", "f_", a(34))],
  ["AWS key", of("AK", "IA", "ABCDEFGH12345678")],
  ["Google key", of("AI", "za", a(35))],
  ["npm token", of("npm", "_", a(36))],
  ["Slack token", of("xox", "b-", a(24))],
  ["JSON web token", of("ey", "JhbGciOiJIUzI1", ".ey", "JzdWIiOiIxMjM0", ".", a(20))],
  ["private key", of("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE\nabcd\n-----END RSA ", "PRIVATE KEY-----")],
  ["private key", of("-----BEGIN ", "PRIVATE KEY-----\nMIIE, and no end")],
])("a %s is taken out wherever it stands", (kind, secret) => {
  expect(redactor([])(`before ${secret}`)).toBe(`before [redacted ${kind}]`);
  if (kind !== "private key") expect(redactor([])(`TOKEN="${secret}" after`)).toBe(`TOKEN="[redacted ${kind}]" after`);
});

test("a password in an address is taken out, and the address stays", () => {
  expect(redactor([])("see https://me:pa$$word@example.test/x and postgres://u:p@h/db")).toBe(
    "see https://me:[redacted password]@example.test/x and postgres://u:[redacted password]@h/db",
  );
});

test("what is no secret stays", () => {
  const text = "sk-learn, ghp_short, AKIA, https://example.test:8080/a@b, a task-force-of-many-people-indeed";
  expect(redactor([])(text)).toBe(text);
});

test("what we hold ourselves is taken out whatever it looks like, the longest first, but for what is too short", () => {
  const redact = redactor(["correct horse battery", " correct horse battery staple\n", "short", undefined]);
  expect(redact("a correct horse battery staple, a correct horse battery, short")).toBe(
    "a [redacted], a [redacted], short",
  );
});

test("every text in a value is redacted, and redacting again changes nothing", () => {
  const redact = redactor(["a-secret-of-ours"]);
  expect(redactedJson({ tools: [{ text: "it is a-secret-of-ours" }], n: 1 }, redact)).toBe(
    '{"tools":[{"text":"it is [redacted]"}],"n":1}',
  );
  const pieces = fc.constantFrom(
    "a-secret-of-ours",
    of("sk", "-", a(30)),
    "://u:p@",
    "-----BEGIN PRIVATE KEY-----",
    " x ",
  );
  fc.assert(
    fc.property(fc.array(pieces), (parts) => {
      const once = redact(parts.join(""));
      expect(redact(once)).toBe(once);
    }),
  );
});
