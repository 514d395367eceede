import { describe, expect, test } from "vitest";
import { repositorySettings } from "../../../src/domain/settings.ts";
import { findingsOf, isUnpublishable } from "../../../src/execution/guards/findings-of.ts";
import { aGuardedChange, parseChange } from "../../support/a-guarded-change.ts";

// Put together here, so that no scanner takes this file for a leak.
const tail = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6";
const [front, back] = [tail.slice(0, 18), tail.slice(18)];
const gh = ["gh", "p_"].join("");
const token = `${gh}${tail}`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const ends = "and must not leave: take it out, or make it at run time where a test needs one";

const found = async (path: string, lines: readonly string[]) =>
  await findingsOf(aGuardedChange(parseChange(`=== A ${path}\n${lines.map((it) => `+${it}`).join("\n")}`)));

describe("a secret is found", () => {
  test.each<[string, string, readonly string[]]>([
    ["as a sum (JavaScript)", "src/a.js", [`const key = "${gh}" + "${tail}";`]],
    ["as a sum of three", "src/a.js", [`const key = "${gh}" + '${front}' + \`${back}\`;`]],
    ["with its kind in pieces", "src/a.js", [`const key = "gh" + "p_" + "${tail}";`]],
    ["over three lines", "src/A.java", ["String key =", `  "${gh}"`, `  + "${tail}";`]],
    ["side by side (Python)", "src/a.py", [`KEY = ("${gh}"`, `       "${tail}")`]],
    ["by dots (PHP)", "src/a.php", [`$key = '${gh}' . '${tail}';`]],
    ["joined (JavaScript)", "src/a.ts", [`const key = ["${gh}", "${front}", "${back}"].join("");`]],
    ["joined over several lines", "src/a.ts", ["const key = [", `  "${gh}",`, `  "${tail}",`, '].join("");']],
    ["joined (Python)", "src/a.py", [`KEY = "".join(["${gh}", "${tail}"])`]],
    ["joined (Go)", "src/a.go", [`key := strings.Join([]string{"${gh}", "${tail}"}, "")`]],
    ["joined (Java)", "src/A.java", [`String key = String.join("", "${gh}", "${tail}");`]],
    ["by concat!", "src/a.rs", [`const KEY: &str = concat!("${gh}", "${tail}");`]],
    ["by concat", "src/a.js", [`const key = "${gh}".concat("${tail}");`]],
    ["in a template", "src/a.ts", [`const key = \`${gh}\${"${tail}"}\`;`]],
    ["in a template, by a name", "src/a.ts", [`const end = "${tail}";`, `const key = \`${gh}\${end}\`;`]],
    ["in a text, by a name (Python)", "src/a.py", [`end = "${tail}"`, `key = f"${gh}{end}"`]],
    ["in a text, by a name (Ruby)", "src/a.rb", [`tail = "${tail}"`, `key = "${gh}#{tail}"`]],
    ["as a sum of two names", "src/a.js", [`const a = "${gh}";`, `const b = "${tail}";`, "send(a + b);"]],
    ["as a sum with a name", "src/a.js", [`const a = "${gh}";`, `send(a + "${tail}");`]],
  ])("%s", async (_, path, lines) => {
    const findings = await found(path, lines);
    expect(findings.filter(({ rule }) => rule === "secrets")).toEqual([
      {
        ...{ rule: "secrets", severity: "blocks", file: path, line: expect.any(Number) },
        text: `a GitHub token, in pieces, stands here, ${ends}`,
      },
    ]);
    expect(findings.some(isUnpublishable)).toBe(true);
  });

  test.each<[string, string]>([
    ["a token", token],
    ["a key of a cloud", ["AKIA", "Q7R2T9W4Y6U1P3S8"].join("")],
    ["a token among other things", JSON.stringify({ auth: { token } })],
    ["a private key", `${["-----BEGIN", "RSA PRIVATE KEY-----"].join(" ")}\n${tail}${tail}\n`],
    ["a key of another table", `sk_${"live"}_${tail}`],
  ])("in base64: %s", async (_, text) => {
    const findings = await found("k8s/secret.yaml", ["data:", `  token: ${base64(text)}`]);
    expect(findings).toMatchObject([{ rule: "secrets", severity: "blocks", line: 2 }]);
    expect(findings[0]?.text).toMatch(/, in base64, stands here/);
  });

  test("in the name of a file or a folder, and the name is not told", async () => {
    for (const path of [`keys/${token}.txt`, `${token}/a.txt`]) {
      const findings = await found(path, ["a"]);
      expect(findings).toEqual([
        {
          ...{ rule: "secrets", severity: "blocks", file: path.replace(token, "[redacted]"), line: null },
          text: "a GitHub token stands in the name of the file, and must not leave: give it another name",
        },
      ]);
    }
  });
});

describe("no secret is", () => {
  test.each<[string, string, readonly string[]]>([
    ["a token that is made at run time", "test/a.test.js", [`const key = "${gh}" + "a".repeat(36);`]],
    ["a name that nobody knows here", "test/a.test.js", [`const key = \`${gh}\${random(36)}\`;`]],
    [
      "a part of a text that is named",
      "test/a.test.js",
      [`const all = "${tail}";`, `const key = \`${gh}\${all.slice(2)}\`;`],
    ],
    ["a made-up one in pieces", "test/a.test.js", [`const key = "${gh}" + "${"abcdef".repeat(6)}";`]],
    ["a list of how tokens begin", "src/a.js", ['const kinds = ["AKIA", "ASIA", "AROA", "AIDA", "ANPA"].join("");']],
    ["a list that is not joined", "src/a.js", [`const some = ["${gh}", "${tail}"];`]],
    ["a list with something between", "src/a.js", [`const some = ["${gh}", "${tail}"].join(" ");`]],
    [
      "a picture in base64",
      "src/a.ts",
      [`const icon = "data:image/png;base64,${base64("\u0089PNG\u0001".repeat(90))}";`],
    ],
    ["a word in base64", "k8s/secret.yaml", [`  password: ${base64("correct horse battery staple")}`]],
    ["a hash", "a.lock", [`integrity sha512-${base64(tail.repeat(2)).slice(0, 86)}==`]],
  ])("%s", async (_, path, lines) => {
    expect((await found(path, lines)).filter(({ rule }) => rule === "secrets")).toEqual([]);
  });

  test("one that the file said before, in the same form or as it is", async () => {
    const files = (old: string) => parseChange(`=== M a.js\n-const key = ${old};\n+const token = "${gh}" + "${tail}";`);
    for (const old of [`"${gh}" + "${tail}"`, `"${token}"`]) {
      expect(await findingsOf(aGuardedChange(files(old)))).toEqual([]);
    }
  });

  test("a name of a folder that the base has already", async () => {
    const change = aGuardedChange(parseChange(`=== A ${token}/b.txt\n+b`), { basePaths: new Set([`${token}/a.txt`]) });
    expect(await findingsOf(change)).toEqual([]);
  });
});

test("one in pieces is told once, and no part of it is quoted", async () => {
  const findings = await found("test/a.test.js", [`test.skip("pays with " + "${gh}" + "${tail}", () => {`]);
  expect(findings.map(({ rule }) => rule)).toEqual(["secrets", "skipped-tests"]);
  expect(JSON.stringify(findings)).not.toContain(front);
});

test("one in pieces may stand where the repository keeps made-up ones", async () => {
  const settings = repositorySettings.parse({ test_secrets: ["test/*"] });
  const files = parseChange(`=== A test/a.js\n+const key = "${gh}" + "${tail}";`);
  expect(await findingsOf(aGuardedChange(files, { settings }))).toMatchObject([{ rule: "secrets", severity: "note" }]);
});

test.each<[string, string]>([
  ["quotes", '"'],
  ["quotes and blanks", `"${" ".repeat(90)}`],
  ["sums", '"ab" + '],
  ["open lists", '["a", '],
  ["lists of lists", "["],
  ["pieces without a comma", '["a"   "b"   '],
  ["names", "a = "],
  ["one name", "a"],
  ["one long value by its name", `a="${"b".repeat(299)}";${" + a".repeat(99_000)}`],
  ["places in a text", "{ a "],
  ["types", "a:     "],
  ["backslashes", '"\\ '],
])("a line of a megabyte of %s is looked through in the time that it takes to read it", async (_, unit) => {
  const line = unit.repeat(Math.ceil(1_000_000 / unit.length));
  expect((await found("src/a.js", [line])).filter(({ rule }) => rule === "secrets")).toEqual([]);
  expect(await found("src/a.js", [`${line} ; const key = "${gh}" + "${tail}";`])).not.toEqual([]);
});
