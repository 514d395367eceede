import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FileDiff } from "../../../src/domain/diff.ts";
import { guardRules } from "../../../src/domain/guard-finding.ts";
import { repositorySettings } from "../../../src/domain/settings.ts";
import { findingsOf, isUnpublishable } from "../../../src/execution/guards/findings-of.ts";
import { aGuardedChange, fixtures, parseChange } from "../../support/a-guarded-change.ts";

const kinds = async (files: readonly FileDiff[]) =>
  (await findingsOf(aGuardedChange(files))).map(({ rule, severity }) => `${rule} ${severity}`);

const tampering = fixtures("tampering").map(({ title, files }) => [title, title.split(":")[0] ?? "", files] as const);
const honest = fixtures("honest").map(({ title, files }) => [title, files] as const);

describe("what makes a change prove less, or does not belong into it, is found", () => {
  test.each(tampering)("%s", async (_, kind, files) => {
    expect(await kinds(files)).toContain(kind);
  });
});

describe("an honest change is let through", () => {
  test.each(honest)("%s", async (_, files) => {
    expect((await findingsOf(aGuardedChange(files))).filter(({ severity }) => severity !== "note")).toEqual([]);
  });
});

test("the corpora are as large as they have to be", () => {
  expect(honest.length).toBeGreaterThanOrEqual(90);
  expect(tampering.length).toBeGreaterThanOrEqual(110);
});

describe("a secret", () => {
  // Put together here, so that no scanner takes this file for a leak.
  const alphabet = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6";
  const keyStart = ["-----BEGIN", "RSA PRIVATE KEY-----"].join(" ");
  const of: readonly (readonly [string, string])[] = [
    ["GitHub token", `ghp_${alphabet}`],
    ["GitLab token", `glpat-${alphabet.slice(0, 24)}`],
    ["model key", `sk-ant-${alphabet}`],
    ["AWS key", `AKIA${"Q7R2T9W4Y6U1P3S8"}`],
    ["npm token", `npm_${alphabet}`],
    ["private key", `${keyStart}\\n${alphabet}${alphabet}`],
  ];

  test.each(of)("with the shape of a %s must not leave, and is not told", async (kind, secret) => {
    const found = await findingsOf(
      aGuardedChange(parseChange(`=== M src/a.js\n const a = 1;\n+const key = "${secret}";`)),
    );
    expect(found).toEqual([
      {
        ...{ rule: "secrets", severity: "blocks", file: "src/a.js", line: 2 },
        text: `a ${kind} stands here, and must not leave: take it out, or make it at run time where a test needs one`,
      },
    ]);
    expect(found.some(isUnpublishable)).toBe(true);
    expect(JSON.stringify(found)).not.toContain(secret);
  });

  test("that the file holds already, or that is taken out, is no news", async () => {
    const secret = `ghp_${alphabet}`;
    expect(await kinds(parseChange(`=== M a.js\n-const key = "${secret}";\n+const token = "${secret}";`))).toEqual([]);
    expect(await kinds(parseChange(`=== M a.js\n-const key = "${secret}";`))).toEqual([]);
  });

  test("is a private key over several lines, and no line that merely begins one", async () => {
    const change = (next: string) => parseChange(`=== A key.pem\n+${keyStart}\n+${next}`);
    expect(await kinds(change(alphabet.repeat(2)))).toEqual(["secrets blocks"]);
    expect(await kinds(change("is how a key begins"))).toEqual([]);
  });

  test("beside a NUL, or between many, is found in what is no text", async () => {
    const [file] = parseChange("=== A a.bin | binary 2048");
    const token = `ghp_${alphabet}`;
    const inRaw = async (now: string, old = "") =>
      (await kinds(file ? [{ ...file, raw: { old, now } }] : [])).filter((it) => /secrets/.test(it));
    expect(await inRaw(`\0\0${token}\0`)).toEqual(["secrets blocks"]);
    expect(await inRaw([...token].join("\0"))).toEqual(["secrets blocks"]);
    expect(await inRaw(`\0${token}`, token)).toEqual([]);
  });

  test("could be in what nobody looked into, and that is not pushed", async () => {
    const found = await findingsOf(aGuardedChange(parseChange("=== A a.dat | unread 2048")));
    expect(found.filter(isUnpublishable)).toMatchObject([{ rule: "secrets", file: "a.dat" }]);
  });

  test.each([
    ["stripe", `sk_${"live"}_${alphabet}`],
    ["sendgrid", `SG.${alphabet.slice(0, 22)}.${alphabet}aB3dE6g`],
    ["database-connection-string", `postgres://app:${alphabet.slice(0, 12)}@db.acme.io/shop`],
    ["basicauth", `https://deploy:${alphabet.slice(0, 12)}@git.acme.io/shop`],
    ["npm", `//registry.acme.io/:_authToken=${alphabet}`, ".npmrc"],
  ])("of %s is found by a table that is kept elsewhere", async (kind, secret, path = "src/a.js") => {
    const found = await findingsOf(aGuardedChange(parseChange(`=== M ${path}\n a\n+${secret}`)));
    expect(found).toMatchObject([{ rule: "secrets", severity: "blocks", line: 2 }]);
    expect(found[0]?.text).toMatch(`a secret (${kind}) stands here`);
    expect(JSON.stringify(found)).not.toContain(alphabet.slice(0, 12));
  });

  test.each([
    ["a database at home", "postgres://app:s3cretPass9@localhost:5432/shop"],
    ["a service of a compose file", "postgres://app:s3cretPass9@db:5432/shop"],
    ["a password that is a word", "mysql://root:password@db.acme.io/shop"],
    ["a variable", `https://deploy:${"$"}{TOKEN}@git.acme.io/shop`],
    ["a setting that reads a token", "_authToken=npm.token.of.2026"],
    ["a key for a sandbox of the payment provider", `sk_${"test"}_${alphabet}`],
  ])("is not %s", async (_, text) => {
    for (const path of ["src/a.js", "src/.npmrc"]) {
      expect(await kinds(parseChange(`=== M ${path}\n+${text}`))).toEqual([]);
    }
  });

  test("is found whatever a comment says to the tool that looks for it", async () => {
    const stripe = `sk_${"live"}_${alphabet}`;
    for (const [above, beside] of [
      ["secretlint-disable", ""],
      ["secretlint-disable-next-line", ""],
      ["", "secretlint-disable-line"],
      ["secretlint-disable @secretlint/secretlint-rule-stripe", ""],
    ]) {
      const change = `=== M src/a.js\n+// ${above}\n+const key = "${stripe}"; // ${beside}`;
      expect(await kinds(parseChange(change))).toEqual(["secrets blocks"]);
    }
  });

  test.each([0, 49_990, 61_990, 99_990, 300_000])("is found once in a long text, %d characters in", async (at) => {
    const text = `${"x ".repeat(at / 2)}sk_${"live"}_${alphabet.slice(0, 24)} ${" y".repeat(60_000)}`;
    expect(await kinds(parseChange(`=== M a.js\n+${text}`))).toEqual(["secrets blocks"]);
  });

  test("is taken out of what the other rules quote", async () => {
    const stripe = `sk_${"live"}_${alphabet}`;
    const found = await findingsOf(
      aGuardedChange(parseChange(`=== M test/a.test.js\n+test.skip("pays with ${stripe}", () => {`)),
    );
    expect(found.map(({ rule }) => rule)).toEqual(["secrets", "skipped-tests"]);
    expect(JSON.stringify(found)).not.toContain(stripe.slice(0, 12));
  });

  test("in a file that the repository keeps for made up ones is told, and may leave", async () => {
    const settings = repositorySettings.parse({ test_secrets: ["test/keys/*"] });
    const files = (path: string) => parseChange(`=== A ${path}\n+ghp_${alphabet}`);
    expect(await findingsOf(aGuardedChange(files("test/keys/a.txt"), { settings }))).toMatchObject([
      { rule: "secrets", severity: "note", text: expect.not.stringContaining("ghp_") },
    ]);
    expect(await findingsOf(aGuardedChange(files("src/a.txt"), { settings }))).toMatchObject([{ severity: "blocks" }]);
  });

  test("far behind in a long line is found as well", async () => {
    expect(await kinds(parseChange(`=== M a.js\n+const text = "${"x ".repeat(5_000)} ghp_${alphabet}";`))).toEqual([
      "secrets blocks",
    ]);
  });
});

describe("a repository says", () => {
  const files = parseChange("=== M infra/prod/main.tf\n-a\n+b");

  test("which files need a person", async () => {
    const settings = repositorySettings.parse({ protected_paths: ["infra/*"] });
    expect(await findingsOf(aGuardedChange(files, { settings }))).toEqual([
      {
        ...{ rule: "protected-paths", severity: "draft", file: "infra/prod/main.tf", line: null },
        text: "a protected path (`infra/*`) is changed",
      },
    ]);
    expect(await kinds(files)).toEqual([]);
  });

  test("how long a change may be, not counting what tools write", async () => {
    const settings = repositorySettings.parse({ max_changed_lines: 1 });
    expect(await findingsOf(aGuardedChange(files, { settings }))).toMatchObject([
      { rule: "size", severity: "draft", text: "the change has 2 lines, more than the 1 of `max_changed_lines`" },
    ]);
    const lock = parseChange("=== M Cargo.lock\n-a\n+b\n+c");
    expect((await findingsOf(aGuardedChange(lock, { settings }))).filter(({ rule }) => rule === "size")).toEqual([]);
  });

  test("how large a file may be", async () => {
    const settings = repositorySettings.parse({ max_file_kb: 1 });
    const large = parseChange("=== A data.dat | binary 2000");
    expect(await findingsOf(aGuardedChange(large, { settings }))).toMatchObject([
      { rule: "size", severity: "draft", text: "the file has 2 KB, more than the 1 of `max_file_kb`" },
    ]);
  });
});

test("a test file that became binary blocks", async () => {
  expect(await kinds(parseChange("=== M test/a.test.js | binary 2048"))).toContain("weakened-tests blocks");
});

test("a new file without a licence is told where its neighbours carry one", async () => {
  const files = parseChange("=== A src/new.ts\n+export const a = 1;");
  const neighbours = new Map([["src", ["// Copyright Acme", "// SPDX-License-Identifier: MIT", "// Licensed", "a"]]]);
  expect(await findingsOf(aGuardedChange(files, { neighbours }))).toMatchObject([
    { rule: "licence-headers", severity: "note" },
  ]);
  const licensed = parseChange("=== A src/new.ts\n+// Copyright Acme\n+export const a = 1;");
  expect(await findingsOf(aGuardedChange(licensed, { neighbours }))).toEqual([]);
  expect(await findingsOf(aGuardedChange(files, { neighbours: new Map([["src", ["a", "b", "c"]]]) }))).toEqual([]);
});

test("renames of a whole tree are told, and need a person beside other work", async () => {
  const moved = Array.from({ length: 20 }, (_, n) => `=== R a/${n}.js > b/${n}.js`).join("\n");
  expect(await kinds(parseChange(moved))).toEqual(["unrelated note"]);
  expect(await kinds(parseChange(`${moved}\n=== M c.js\n-a\n+b`))).toEqual(["unrelated draft"]);
});

test("what is found too often to be told one by one is still told, with how often and where", async () => {
  const skipped = (files: number) =>
    Array.from({ length: files }, (_, n) => `=== M test/t${n}.test.js\n-it("adds", run);\n+it.skip("adds", run);`);
  const found = async (files: number) =>
    (await findingsOf(aGuardedChange(parseChange(skipped(files).join("\n"))))).filter(
      ({ rule }) => rule === "skipped-tests",
    );
  expect(await found(11)).toHaveLength(11);
  expect((await found(11)).map(({ file }) => file)).toContain("test/t10.test.js");
  const many = await found(18);
  expect(many).toHaveLength(11);
  expect(many.at(-1)).toMatchObject({ file: "test/t10.test.js", severity: "blocks" });
  expect(many.at(-1)?.text).toMatch(
    /switches tests off, and 7 more like this in `test\/t11\.test\.js`, .*`test\/t15\.test\.js` and 2 more files$/,
  );
});

test("the gravest findings come first", async () => {
  const files = parseChange(
    "=== M src/a.ts\n+// @ts-ignore\n a\n=== M AGENTS.md\n-a\n+b\n=== M .github/workflows/ci.yml\n-a\n+b",
  );
  expect(await kinds(files)).toEqual(["workflows blocks", "robot-files draft", "suppressions note"]);
});

describe("for any change", () => {
  const path = fc.constantFrom(
    "src/a.js",
    "test/a.test.js",
    "tests/test_a.py",
    "a_test.go",
    "src/a.rs",
    "package.json",
    "x.bin",
  );
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'test("a", () => {',
      "  expect(a).toBe(1);",
      "def test_a():",
      "    assert a == 1",
      "#[test]",
      "});",
      '"strict": true',
    ),
  );
  const line = fc.record({ mark: fc.constantFrom(" ", "+", "-"), text, n: fc.nat(99).map((n) => n + 1) });
  const file: fc.Arbitrary<FileDiff> = fc.record({
    path,
    from: fc.constant(null),
    status: fc.constantFrom("added", "deleted", "changed"),
    kind: fc.constantFrom("text", "binary", "unread", "link", "submodule"),
    bytes: fc.nat(),
    lines: fc.array(line, { maxLength: 30 }),
  });

  test("findings are of known rules, about its own files, and the same each time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 6 }), async (files) => {
        const found = await findingsOf(aGuardedChange(files));
        for (const finding of found) {
          expect(guardRules).toContain(finding.rule);
          expect(files.map(({ path }) => path)).toContain(finding.file);
          expect(finding.text).not.toMatch(/\n/);
        }
        expect(await findingsOf(aGuardedChange(files))).toEqual(found);
      }),
    );
  });

  test("what is left as it was is not found fault with", async () => {
    const same = file.map(
      (of): FileDiff => ({
        ...of,
        ...{ status: "changed", kind: "text", bytes: 10 },
        lines: of.lines.map((it) => ({ ...it, mark: " " as const })),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(same, { maxLength: 6 }), async (files) => {
        expect((await kinds(files)).filter((kind) => !kind.startsWith("stray-files"))).toEqual([]);
      }),
    );
  });

  test("tests that are only added never stop it", async () => {
    const body = fc.array(fc.constantFrom("  expect(a()).toBe(2);", "  const b = a();", "", "  // why"), {
      maxLength: 8,
    });
    const added = fc.array(fc.tuple(fc.stringMatching(/^[a-z ]{1,20}$/), body), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(added, async (tests) => {
        const lines = tests.flatMap(([name, of]) => [`test("${name}", () => {`, ...of, "});"]);
        const change = parseChange(
          `=== M test/a.test.js\n import a from "a";\n${lines.map((it) => `+${it}`).join("\n")}`,
        );
        expect((await kinds(change)).filter((kind) => !kind.endsWith("note"))).toEqual([]);
      }),
    );
  });

  test("a test that is taken out is found, wherever it stood", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 12 }), fc.nat(), async (count, pick) => {
        const gone = pick % count;
        const lines = Array.from({ length: count }, (_, n) =>
          [`test("case ${n}", () => {`, `  expect(run(${n})).toBe(${n * 7});`, "});"].map(
            (it) => `${n === gone ? "-" : " "}${it}`,
          ),
        );
        expect(await kinds(parseChange(`=== M test/a.test.js\n${lines.flat().join("\n")}`))).toContain(
          "deleted-tests blocks",
        );
      }),
    );
  });
});
