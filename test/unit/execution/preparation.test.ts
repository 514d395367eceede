import { describe, expect, test } from "vitest";
import { type RepositorySettings, repositorySettings } from "../../../src/domain/settings.ts";
import { findCommands } from "../../../src/execution/repository-commands.ts";

const none = repositorySettings.parse({});

/** The commands of a repository with these files. */
function commandsOf(files: Readonly<Record<string, string>>, settings: RepositorySettings = none) {
  return findCommands(settings, async (path) => files[path]);
}

const manifest = (test: string) => JSON.stringify({ name: "shop", scripts: { test } });

describe("a repository without settings", () => {
  test.each<[string, Record<string, string>, { setup: string | null; test: string | null }]>([
    ["without a sign of anything", { "README.md": "npm test" }, { setup: null, test: null }],
    [
      "of Node with a lock file",
      { "package.json": manifest("vitest run"), "package-lock.json": "{}" },
      { setup: "npm ci", test: "npm test" },
    ],
    ["of Node without a lock file", { "package.json": manifest("node --test") }, { setup: null, test: "npm test" }],
    [
      "of Node in which nobody has decided on tests",
      { "package.json": manifest('echo "Error: no test specified" && exit 1') },
      { setup: null, test: null },
    ],
    ["of Node without scripts", { "package.json": '{ "name": "shop" }' }, { setup: null, test: null }],
    ["with an empty test script", { "package.json": manifest("") }, { setup: null, test: null }],
    ["with a broken manifest", { "package.json": "{ name: shop" }, { setup: null, test: null }],
    ["with a manifest that is a list", { "package.json": "[]" }, { setup: null, test: null }],
    [
      "with a test script that is no text",
      { "package.json": '{ "scripts": { "test": ["vitest"] } }', Makefile: "test:\n\tmake it\n" },
      { setup: null, test: "make test" },
    ],
    ["of Rust", { "Cargo.toml": "[package]" }, { setup: null, test: "cargo test" }],
    ["of Go", { "go.mod": "module shop" }, { setup: null, test: "go test ./..." }],
    ["of Python with pytest.ini", { "pytest.ini": "[pytest]\n" }, { setup: null, test: "python3 -m pytest" }],
    ["of Python with an empty pytest.ini", { "pytest.ini": "" }, { setup: null, test: "python3 -m pytest" }],
    [
      "of Python with pytest in its project file",
      { "pyproject.toml": "[tool.pytest.ini_options]\n" },
      { setup: null, test: "python3 -m pytest" },
    ],
    [
      "of Python with pytest in setup.cfg only",
      { "pyproject.toml": "[build-system]\n", "setup.cfg": "[tool:pytest]\n" },
      { setup: null, test: "python3 -m pytest" },
    ],
    ["of Python without pytest", { "pyproject.toml": "[project]\n" }, { setup: null, test: null }],
    ["with a Makefile", { Makefile: "all: build\n\ntest: build\n\t./run\n" }, { setup: null, test: "make test" }],
    ["with a Makefile without tests", { Makefile: "latest:\n\ttest: no\n" }, { setup: null, test: null }],
    ["with a variable test in its Makefile", { Makefile: "test := unit\n" }, { setup: null, test: null }],
    [
      "of Node that leaves its tests to make",
      { "package.json": manifest("echo no test specified"), Makefile: "test:\n" },
      { setup: null, test: "make test" },
    ],
  ])("%s", async (_, files, commands) => {
    expect(await commandsOf(files)).toEqual(commands);
  });
});

test("what the settings say wins, one by one", async () => {
  const files = { "package.json": manifest("vitest run"), "package-lock.json": "{}" };
  expect(await commandsOf(files, { ...none, setup: "make deps", test: "make check" })).toEqual({
    setup: "make deps",
    test: "make check",
  });
  expect(await commandsOf(files, { ...none, test: "npm run unit" })).toEqual({ setup: "npm ci", test: "npm run unit" });
});
