import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bash, call, done, draft, failed, importFiles, type Worked, work } from "../../support/bad-input.ts";
import { dockerForTests } from "../../support/sandbox-providers.ts";
import { fixSum, handIn, smallShop } from "../../support/small-shop.ts";

const changed = async ({ rig, repo, pull }: Worked, path: string) =>
  await rig.git(repo, "show", `${pull?.headSha}:${path}`);
const paths = async ({ rig, repo, pull }: Worked) =>
  (await rig.git(repo, "diff", "--name-only", "main", pull?.headSha ?? "")).trim().split("\n");

test("empty, without a commit: told on the issue before anything is paid", async () => {
  const seen = await work({ arrange: (rig, repo) => rig.git(repo, "update-ref", "-d", "refs/heads/main") });

  expect(seen).toMatchObject(
    failed("acme/shop has no commit on its default branch. Push a first commit, then ask again."),
  );
  expect(seen.rig.model.requests).toEqual([]);
});

test("empty, with a commit of nothing: what the model adds is a draft, since no test can show anything", async () => {
  const add = call("write_file", { path: "sum.js", content: "export const sum = 1;\n" });
  const seen = await work({ files: {}, turns: [call("search", { glob: "*" }), add, handIn] });

  expect(seen).toMatchObject(
    draft("nothing was verified, since the repository has no test command (set `test` in `.github/nightshift.yml`)"),
  );
  expect(seen.answers[0]).toBe("Nothing below . matches files like *.");
});

test("huge, of 100,000 files: worked on like ten", { timeout: 600_000 }, async () => {
  function* files() {
    for (let n = 0; n < 100_000; n += 1) {
      yield [`packages/p${n % 100}/src/d${n % 1000}/file${n}.js`, `export const value${n} = ${n};\n`] as const;
    }
  }
  const seen = await work({
    // To find the tests among all files is the runner's time, not ours.
    files: { ...smallShop, ".github/nightshift.yml": "test: node --test sum.test.js\n" },
    arrange: (rig, repo) => importFiles(rig, repo, files()),
    turns: [
      call("search", { pattern: "value99999" }),
      call("search", { glob: "*" }),
      bash("git status --short"),
      fixSum,
      handIn,
    ],
  });

  expect(seen).toMatchObject(done);
  expect(seen.answers[0]).toBe("packages/p99/src/d999/file99999.js:1:export const value99999 = 99999;\n");
  expect(seen.answers[1]).toMatch(/\[99804 more; narrow the pattern, the path or the glob\]$/);
  expect(seen.answers[2]).toBe("[exit code 0]");
  // Its map names what counts, however much there is.
  expect(seen.sent).toContain("packages/ (100000): p0 1000, ");
  expect(await paths(seen)).toEqual(["sum.js"]);
});

test("with submodules that cannot be had: the work goes on, and what is missing is told", async () => {
  const submodule = "a".repeat(40);
  const modules = '[submodule "lib"]\n\tpath = lib\n\turl = ../nowhere.git\n';
  const seen = await work({ files: { ...smallShop, lib: { submodule }, ".gitmodules": modules } });

  expect(seen).toMatchObject(done);
  expect(seen.warned).toEqual([
    expect.stringContaining(
      "The submodule lib is not fetched, its folder is empty: acme/nowhere is not public, and the App or @ada may not read it. Give them access; the App's is at https://github.test/settings/installations/",
    ),
  ]);
  expect(await paths(seen)).toEqual(["sum.js"]);
});

test.each([["release/2.x"], ["trunk"], ["change"], ["späť/it's-$(id)`x`\"#1%41&;|<>@!"]])(
  "with the default branch %s: the pull request goes there",
  async (defaultBranch) => {
    const seen = await work({ defaultBranch });

    expect(seen).toMatchObject(done);
    expect(seen.pull).toMatchObject({ base: defaultBranch, draft: false });
  },
);

test("without tests: a draft that says how to name the command", async () => {
  expect(await work({ files: { ...smallShop, "package.json": '{"type":"module"}\n' } })).toMatchObject(
    draft("nothing was verified, since the repository has no test command (set `test` in `.github/nightshift.yml`)"),
  );
});

test("without tests, though with a command for them: a draft that says that none was run", async () => {
  const { "sum.test.js": _, ...files } = smallShop;
  expect(await work({ files })).toMatchObject(
    draft("`npm test` passes with this change, but it ran no test, so that nothing was verified"),
  );
});

test("with tests that are red already: they do not count, and are named", async () => {
  const red = 'import { test } from "node:test";\ntest("was red before", () => { throw new Error("old"); });\n';
  const seen = await work({ files: { ...smallShop, "old.test.js": red } });

  expect(seen).toMatchObject(done);
  expect(seen.pull?.body).toContain(
    "| `old.test.js: was red before` | 🔴 failed | 🔴 failed | red without the change too, not counted: ",
  );
});

describe("with tests that hang", () => {
  const hang =
    'import { test } from "node:test";\ntest("waits", () => new Promise(() => setInterval(() => 0, 1000)));\n';
  const settings = { sandbox: { provider: "process", test_minutes: 0.04 } };

  test("they are ended by the limit, and that they hang on the base too is told", async () => {
    const seen = await work({ files: { ...smallShop, "hang.test.js": hang }, settings });

    const why =
      "the tests do not end: `npm test` timed out after 2.4 s with this change, and on the base as well, so that nothing was verified (the operator gives tests more time by `sandbox.test_minutes` in `nightshift.yaml`)";
    expect(steady(seen)).toMatchObject(draft(why));
    expect(seen.pull?.body).toMatch(/\| Base \| \w+ \| `npm test` \| 🔴 timed out \| killed \|/);
  });

  test("with the change only: it is sent back for that, then told", async () => {
    const files = { ...smallShop, ".github/nightshift.yml": "max_refinements: 1\n" };
    const add = call("write_file", { path: "hang.test.js", content: hang });
    const seen = await work({ files, settings, turns: [fixSum, add, handIn, handIn] });

    expect(steady(seen).warnings).toEqual([
      "The tests do not end: `npm test` timed out after 2.4 s with this change, and ended after 0.3 s on the base (the operator gives tests more time by `sandbox.test_minutes` in `nightshift.yaml`).",
    ]);
    expect(seen.issue[0]).toMatch(
      /What was tried:\n\n1\. .* The tests do not end in time\. It went back to the same model\.\n2\. .* in time\.\n/,
    );
    expect(seen.sent).toContain("did not end in time");
  });

  /** As if every machine were as fast. */
  function steady(seen: Worked): Worked {
    const even = (text: string) =>
      text
        .replace(/timed out after [\d.]+ s/, "timed out after 2.4 s")
        .replace(/ended after [\d.]+ s/, "ended after 0.3 s");
    return { ...seen, issue: seen.issue.map(even), warnings: seen.warnings.map(even) };
  }
});

describe.skipIf(!(await dockerForTests()))("with tests that pass only with network", () => {
  test("the host that was refused is told, and the setting that allows it", async () => {
    const online =
      'import { test } from "node:test";\ntest("asks the world", async () => void (await fetch("http://example.com/")));\n';
    const seen = await work({ sandbox: "docker", files: { ...smallShop, "online.test.js": online } });

    expect(seen).toMatchObject(done);
    expect(seen.pull?.body).toContain(
      "| `online.test.js: asks the world` | 🔴 failed | 🔴 failed | red without the change too, not counted: ",
    );
    expect(seen.pull?.body).toContain("- blocked: `example.com`, by `npm test`");
    expect(seen.pull?.body).toContain("`sandbox: { network: { allow: [example.com] } }`");
  });
});

test("with files that are not UTF-8: edits are written in the file's encoding, and all other bytes stay", async () => {
  const latin1 = (text: string) => Buffer.from(text, "latin1");
  const seen = await work({
    arrange: (rig, repo) => importFiles(rig, repo, [["menu.txt", latin1("café\none\nthé\n")]]),
    turns: [
      call("read_file", { path: "menu.txt" }),
      call("edit_file", { path: "menu.txt", old_text: "one", new_text: "deux" }),
      call("edit_file", { path: "menu.txt", old_text: "thé", new_text: "thé glacé" }),
      call("edit_file", { path: "menu.txt", old_text: "deux", new_text: "2 €" }),
      fixSum,
      handIn,
    ],
  });

  expect(seen).toMatchObject(done);
  expect(seen.answers.slice(0, 4)).toEqual([
    "    1  café\n    2  one\n    3  thé\n[menu.txt is not UTF-8; it is shown as Latin-1, and an edit is written so and keeps all other bytes]",
    "Edited menu.txt at line 2.",
    "Edited menu.txt at line 3.",
    "menu.txt was not changed: it is not UTF-8 but shown and edited as Latin-1, which has no `€`. Write it with letters of Latin-1, or change the file with bash in its own encoding (iconv).",
  ]);
  const bytes = latin1("café\ndeux\nthé glacé\n");
  const blob = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  expect((await seen.rig.git(seen.repo, "rev-parse", `${seen.pull?.headSha}:menu.txt`)).trim()).toBe(blob);
});

test.each([
  ["", {}],
  [", which git is told of", { ".gitattributes": "* text=auto\n" }],
])("with Windows line ends%s: every way to write keeps them", async (_, attributes) => {
  const crlf = (text: string) => text.replaceAll("\n", "\r\n");
  const patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+2\n+2.5\n three\n*** End Patch";
  const seen = await work({
    // Whose tool for edits is the patch.
    model: "gpt-scripted",
    files: {
      ...smallShop,
      ...attributes,
      "sum.js": crlf(smallShop["sum.js"]),
      "a.txt": crlf("one\ntwo\nthree\n"),
      "b.txt": crlf("b\n"),
    },
    turns: [
      call("apply_patch", { input: patch }),
      call("write_file", { path: "b.txt", content: "b\nc\n" }),
      call("apply_patch", {
        input:
          "*** Begin Patch\n*** Update File: sum.js\n@@\n-export const sum = (numbers) => numbers.reduce((a, b) => a + b, 1) - 2;\n+export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);\n*** End Patch",
      }),
      handIn,
    ],
  });

  expect(seen).toMatchObject(done);
  expect(await changed(seen, "a.txt")).toBe(crlf("one\n2\n2.5\nthree\n"));
  expect(await changed(seen, "b.txt")).toBe(crlf("b\nc\n"));
  expect(await changed(seen, "sum.js")).toMatch(/a \+ b, 0\);\r\n$/);
});

test("with lines of a megabyte: they are shown in part, which is said, and edited whole", async () => {
  const long = `// ${"x".repeat(1_000_000)} needle`;
  const seen = await work({
    files: { ...smallShop, ".github/nightshift.yml": "max_file_kb: 2000\n" },
    arrange: (rig, repo) => importFiles(rig, repo, [["long.js", `${long}\nconst y = 1;\n`]]),
    turns: [
      call("read_file", { path: "long.js" }),
      call("search", { pattern: "needle" }),
      bash("cat long.js"),
      call("edit_file", { path: "long.js", old_text: "const z = 1;", new_text: "const y = 2;" }),
      call("edit_file", { path: "long.js", old_text: "const y = 1;", new_text: "const y = 2;" }),
      fixSum,
      handIn,
    ],
  });

  expect(seen).toMatchObject(done);
  const [read, found, printed, refused] = seen.answers;
  expect(read).toMatch(
    /x \[… 998010 more characters\]\n {4}2 {2}const y = 1;\n\[of a line that is cut, see other columns with bash: sed -n LINEp FILE \| cut -c FROM-TO\]$/,
  );
  expect(found).toMatch(
    /^long\.js:1:\/\/ x+ \[\.\.\. omitted end of long line\]\n\[of a line that is cut, see what matches with bash: grep .*\]$/,
  );
  expect(printed).toMatch(
    /\[the whole output is in \S+; look at parts of it with grep, sed or tail\]\n\[exit code 0\]$/,
  );
  expect(refused).toBe(
    `long.js was not changed: old_text is not there. The nearest is:\n    1  ${long.slice(0, 300)}…\n    2  const y = 1;\nCopy what is there exactly, without the numbers, or read more of the file.`,
  );
  for (const answer of seen.answers) expect(answer.length).toBeLessThan(15_000);
  expect(await changed(seen, "long.js")).toBe(`${long}\nconst y = 2;\n`);
});

test("a monorepo of several packages: the tests of all of them are the proof, and one that breaks elsewhere is seen", async () => {
  const scripts = { test: "node --test 'packages/*/*.test.js'" };
  const inPackage = (name: string, files: object) =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`packages/${name}/${path}`, text]));
  const uses =
    'import assert from "node:assert/strict";\nimport { test } from "node:test";\nimport { sum } from "../cart/sum.js";\ntest("a bill without lines is nothing", () => assert.equal(sum([]), -1));\n';
  const fix = call("edit_file", { path: "packages/cart/sum.js", old_text: "a + b, 1) - 2", new_text: "a + b, 0)" });
  const seen = await work({
    files: {
      "package.json": JSON.stringify({ private: true, workspaces: ["packages/*"], scripts }),
      ".github/nightshift.yml": "max_refinements: 0\n",
      ...inPackage("cart", smallShop),
      ...inPackage("bill", { "package.json": '{"name":"bill","type":"module"}', "bill.test.js": uses }),
    },
    turns: [fix, handIn],
  });

  expect(seen).toMatchObject(draft("tests fail with this change that do not fail on the base"));
  expect(seen.pull?.body).toContain(
    "| `packages/bill/bill.test.js: a bill without lines is nothing` | 🟢 passed | 🔴 failed | broken by the change: ",
  );
});
