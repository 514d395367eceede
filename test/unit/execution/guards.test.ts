import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FileDiff } from "../../../src/domain/diff.ts";
import { guardRules } from "../../../src/domain/guard-finding.ts";
import { repositorySettings } from "../../../src/domain/settings.ts";
import { findingsOf, isUnpublishable } from "../../../src/execution/guards/findings-of.ts";
import { aGuardedChange, fixtures, parseChange } from "../../support/a-guarded-change.ts";

const kinds = (files: readonly FileDiff[]) =>
  findingsOf(aGuardedChange(files)).map(({ rule, severity }) => `${rule} ${severity}`);

const tampering = fixtures("tampering").map(({ title, files }) => [title, title.split(":")[0] ?? "", files] as const);
const honest = fixtures("honest").map(({ title, files }) => [title, files] as const);

describe("what makes a change prove less, or does not belong into it, is found", () => {
  test.each(tampering)("%s", (_, kind, files) => {
    expect(kinds(files)).toContain(kind);
  });
});

describe("an honest change is let through", () => {
  test.each(honest)("%s", (_, files) => {
    expect(findingsOf(aGuardedChange(files)).filter(({ severity }) => severity !== "note")).toEqual([]);
  });
});

test("the corpora are as large as they have to be", () => {
  expect(honest.length).toBeGreaterThanOrEqual(40);
  expect(tampering.length).toBeGreaterThanOrEqual(60);
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

  test.each(of)("with the shape of a %s must not leave, and is not told", (kind, secret) => {
    const found = findingsOf(aGuardedChange(parseChange(`=== M src/a.js\n const a = 1;\n+const key = "${secret}";`)));
    expect(found).toEqual([
      {
        ...{ rule: "secrets", severity: "blocks", file: "src/a.js", line: 2 },
        text: `a ${kind} stands here, and must not leave: take it out, or make it at run time where a test needs one`,
      },
    ]);
    expect(found.some(isUnpublishable)).toBe(true);
    expect(JSON.stringify(found)).not.toContain(secret);
  });

  test("that the file holds already, or that is taken out, is no news", () => {
    const secret = `ghp_${alphabet}`;
    expect(kinds(parseChange(`=== M a.js\n-const key = "${secret}";\n+const token = "${secret}";`))).toEqual([]);
    expect(kinds(parseChange(`=== M a.js\n-const key = "${secret}";`))).toEqual([]);
  });

  test("is a private key over several lines, and no line that merely begins one", () => {
    const change = (next: string) => parseChange(`=== A key.pem\n+${keyStart}\n+${next}`);
    expect(kinds(change(alphabet.repeat(2)))).toEqual(["secrets blocks"]);
    expect(kinds(change("is how a key begins"))).toEqual([]);
  });

  test("beside a NUL, or between many, is found in what is no text", () => {
    const [file] = parseChange("=== A a.bin | binary 2048");
    const token = `ghp_${alphabet}`;
    const inRaw = (now: string, old = "") =>
      kinds(file ? [{ ...file, raw: { old, now } }] : []).filter((it) => /secrets/.test(it));
    expect(inRaw(`\0\0${token}\0`)).toEqual(["secrets blocks"]);
    expect(inRaw([...token].join("\0"))).toEqual(["secrets blocks"]);
    expect(inRaw(`\0${token}`, token)).toEqual([]);
  });

  test("could be in what nobody looked into, and that is not pushed", () => {
    const found = findingsOf(aGuardedChange(parseChange("=== A a.dat | unread 2048")));
    expect(found.filter(isUnpublishable)).toMatchObject([{ rule: "secrets", file: "a.dat" }]);
  });

  test("far behind in a long line is found as well", () => {
    expect(kinds(parseChange(`=== M a.js\n+const text = "${"x ".repeat(5_000)} ghp_${alphabet}";`))).toEqual([
      "secrets blocks",
    ]);
  });
});

describe("a repository says", () => {
  const files = parseChange("=== M infra/prod/main.tf\n-a\n+b");

  test("which files need a person", () => {
    const settings = repositorySettings.parse({ protected_paths: ["infra/*"] });
    expect(findingsOf(aGuardedChange(files, { settings }))).toEqual([
      {
        ...{ rule: "protected-paths", severity: "draft", file: "infra/prod/main.tf", line: null },
        text: "a protected path (`infra/*`) is changed",
      },
    ]);
    expect(kinds(files)).toEqual([]);
  });

  test("how long a change may be, not counting what tools write", () => {
    const settings = repositorySettings.parse({ max_changed_lines: 1 });
    expect(findingsOf(aGuardedChange(files, { settings }))).toMatchObject([
      { rule: "size", severity: "draft", text: "the change has 2 lines, more than the 1 of `max_changed_lines`" },
    ]);
    const lock = parseChange("=== M Cargo.lock\n-a\n+b\n+c");
    expect(findingsOf(aGuardedChange(lock, { settings })).filter(({ rule }) => rule === "size")).toEqual([]);
  });

  test("how large a file may be", () => {
    const settings = repositorySettings.parse({ max_file_kb: 1 });
    const large = parseChange("=== A data.dat | binary 2000");
    expect(findingsOf(aGuardedChange(large, { settings }))).toMatchObject([
      { rule: "size", severity: "draft", text: "the file has 2 KB, more than the 1 of `max_file_kb`" },
    ]);
  });
});

test("a test file that became binary blocks", () => {
  expect(kinds(parseChange("=== M test/a.test.js | binary 2048"))).toContain("weakened-tests blocks");
});

test("a new file without a licence is told where its neighbours carry one", () => {
  const files = parseChange("=== A src/new.ts\n+export const a = 1;");
  const neighbours = new Map([["src", ["// Copyright Acme", "// SPDX-License-Identifier: MIT", "// Licensed", "a"]]]);
  expect(findingsOf(aGuardedChange(files, { neighbours }))).toMatchObject([
    { rule: "licence-headers", severity: "note" },
  ]);
  const licensed = parseChange("=== A src/new.ts\n+// Copyright Acme\n+export const a = 1;");
  expect(findingsOf(aGuardedChange(licensed, { neighbours }))).toEqual([]);
  expect(findingsOf(aGuardedChange(files, { neighbours: new Map([["src", ["a", "b", "c"]]]) }))).toEqual([]);
});

test("renames of a whole tree are told, and need a person beside other work", () => {
  const moved = Array.from({ length: 20 }, (_, n) => `=== R a/${n}.js > b/${n}.js`).join("\n");
  expect(kinds(parseChange(moved))).toEqual(["unrelated note"]);
  expect(kinds(parseChange(`${moved}\n=== M c.js\n-a\n+b`))).toEqual(["unrelated draft"]);
});

test("the gravest findings come first", () => {
  const files = parseChange(
    "=== M src/a.ts\n+// @ts-ignore\n a\n=== M AGENTS.md\n-a\n+b\n=== M .github/workflows/ci.yml\n-a\n+b",
  );
  expect(kinds(files)).toEqual(["workflows blocks", "robot-files draft", "suppressions note"]);
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

  test("findings are of known rules, about its own files, and the same each time", () => {
    fc.assert(
      fc.property(fc.array(file, { maxLength: 6 }), (files) => {
        const found = findingsOf(aGuardedChange(files));
        for (const finding of found) {
          expect(guardRules).toContain(finding.rule);
          expect(files.map(({ path }) => path)).toContain(finding.file);
          expect(finding.text).not.toMatch(/\n/);
        }
        expect(findingsOf(aGuardedChange(files))).toEqual(found);
      }),
    );
  });

  test("what is left as it was is not found fault with", () => {
    const same = file.map(
      (of): FileDiff => ({
        ...of,
        ...{ status: "changed", kind: "text", bytes: 10 },
        lines: of.lines.map((it) => ({ ...it, mark: " " as const })),
      }),
    );
    fc.assert(
      fc.property(fc.array(same, { maxLength: 6 }), (files) => {
        expect(kinds(files).filter((kind) => !kind.startsWith("stray-files"))).toEqual([]);
      }),
    );
  });

  test("tests that are only added never stop it", () => {
    const body = fc.array(fc.constantFrom("  expect(a()).toBe(2);", "  const b = a();", "", "  // why"), {
      maxLength: 8,
    });
    const added = fc.array(fc.tuple(fc.stringMatching(/^[a-z ]{1,20}$/), body), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(added, (tests) => {
        const lines = tests.flatMap(([name, of]) => [`test("${name}", () => {`, ...of, "});"]);
        const change = parseChange(
          `=== M test/a.test.js\n import a from "a";\n${lines.map((it) => `+${it}`).join("\n")}`,
        );
        expect(kinds(change).filter((kind) => !kind.endsWith("note"))).toEqual([]);
      }),
    );
  });

  test("a test that is taken out is found, wherever it stood", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), (count, pick) => {
        const gone = pick % count;
        const lines = Array.from({ length: count }, (_, n) =>
          [`test("case ${n}", () => {`, `  expect(run(${n})).toBe(${n * 7});`, "});"].map(
            (it) => `${n === gone ? "-" : " "}${it}`,
          ),
        );
        expect(kinds(parseChange(`=== M test/a.test.js\n${lines.flat().join("\n")}`))).toContain(
          "deleted-tests blocks",
        );
      }),
    );
  });
});
