import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type RepositorySettings, repositorySettings } from "../../../../src/domain/settings.ts";
import { choosePreparation } from "../../../../src/execution/sandboxes/preparation.ts";

const none = repositorySettings.parse({});

type Files = Readonly<Record<string, string>>;

/** What is decided for a repository with these files. */
function preparationOf(
  files: Files,
  settings: RepositorySettings = none,
  name = "shop",
  images: readonly string[] = ["mcr.example/*", "debian:12"],
) {
  const hashes = new Map(
    Object.entries(files).map(([path, text]) => [path, createHash("sha1").update(text).digest("hex")]),
  );
  const repo = { owner: "acme", name, installationId: 1 };
  return choosePreparation(repo, settings, { hashes, read: async (path) => files[path] }, images);
}

async function commandsOf(files: Files, settings: RepositorySettings = none) {
  return (await preparationOf(files, settings)).commands;
}

async function keyOf(files: Files, settings: RepositorySettings = none, name = "shop") {
  return (await preparationOf(files, settings, name)).preparation.key;
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
    [
      "of Node with pnpm that names its version",
      {
        "package.json": '{ "packageManager": "pnpm@9.12.3+sha512.abc" }',
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
      },
      { setup: "npx --yes pnpm@9.12.3 install --frozen-lockfile", test: null },
    ],
    [
      "of Node with an old pnpm",
      { "package.json": "{}", "pnpm-lock.yaml": "lockfileVersion: '6.0'\n" },
      { setup: "npx --yes pnpm@8 install --frozen-lockfile", test: null },
    ],
    [
      "of Node with a new pnpm",
      { "pnpm-lock.yaml": "lockfileVersion: '9.0'\n" },
      { setup: "npx --yes pnpm@10 install --frozen-lockfile", test: null },
    ],
    ["of Node with Yarn 1", { "yarn.lock": "" }, { setup: "npx --yes yarn@1 install --frozen-lockfile", test: null }],
    [
      "of Node that keeps its own Yarn",
      { "yarn.lock": "", ".yarnrc.yml": "yarnPath: .yarn/releases/yarn-4.5.0.cjs\n" },
      { setup: "npx --yes yarn@1 install --immutable", test: null },
    ],
    [
      "of Node with a newer Yarn",
      {
        "yarn.lock": "",
        ".yarnrc.yml": "nodeLinker: node-modules\n",
        "package.json": '{"packageManager":"yarn@4.5.0"}',
      },
      { setup: "npx --yes @yarnpkg/cli-dist@4.5.0 install --immutable", test: null },
    ],
    [
      "of Python with uv",
      { "uv.lock": "", "pyproject.toml": "[tool.pytest.ini_options]\n" },
      { setup: "uv sync --frozen", test: ".venv/bin/python -m pytest" },
    ],
    [
      "of Python with Poetry",
      { "poetry.lock": "", "pytest.ini": "" },
      {
        setup: "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction",
        test: ".venv/bin/python -m pytest",
      },
    ],
    [
      "of Python with lists of requirements",
      { "requirements.txt": "", "requirements-dev.txt": "", "pytest.ini": "" },
      {
        setup:
          "python3 -m venv .venv && .venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt -r requirements-dev.txt",
        test: ".venv/bin/python -m pytest",
      },
    ],
    [
      "of Java with Maven",
      { "pom.xml": "<project/>" },
      { setup: "mvn -B -q dependency:go-offline", test: "mvn -B test" },
    ],
    [
      "of Java that brings its Gradle along",
      { "build.gradle.kts": "", gradlew: "" },
      { setup: "sh ./gradlew --no-daemon --quiet dependencies", test: "sh ./gradlew --no-daemon test" },
    ],
    [
      "of Ruby",
      { Gemfile: "", "Gemfile.lock": "", ".rspec": "" },
      {
        setup: "bundle config set --local path vendor/bundle && BUNDLE_FROZEN=true bundle install",
        test: "bundle exec rspec",
      },
    ],
    [
      "of PHP",
      { "composer.json": '{ "scripts": { "test": ["@lint", "phpunit"] } }', "composer.lock": "" },
      { setup: "composer install --no-interaction --no-progress", test: "composer test" },
    ],
    [
      "of Rust with a lock file",
      { "Cargo.toml": "[package]", "Cargo.lock": "" },
      { setup: "cargo fetch --locked", test: "cargo test" },
    ],
    ["of Rust", { "Cargo.toml": "[package]" }, { setup: null, test: "cargo test" }],
    ["of Go", { "go.mod": "module shop" }, { setup: "go mod download", test: "go test ./..." }],
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

describe("a devcontainer", () => {
  const image = "mcr.example/devcontainers/base:bookworm";

  test("says image and set-up, with comments and trailing commas, in all the forms that commands have", async () => {
    const text = `{
      // The "image" of everybody, https://containers.dev
      "image": "${image}", /* not "build" */
      "onCreateCommand": "apt-get update // no comment",
      "updateContentCommand": { "web": "cd web; npm ci", "tools": ["make", "-C", "my tools",] },
      "postCreateCommand": ["echo", "it's, ]"],
    }`;
    const { commands, preparation, warnings } = await preparationOf({
      ".devcontainer/devcontainer.json": text,
      "package-lock.json": "{}",
    });
    expect(commands.setup).toBe(
      "apt-get update // no comment && (cd web; npm ci\n) && make -C 'my tools' && echo 'it'\\''s, ]'",
    );
    expect(preparation).toMatchObject({ image, setup: commands.setup, dependenciesOnly: false });
    expect(warnings).toEqual([]);
  });

  test("leaves the set-up to the lock file when it names none, and to the settings when they do", async () => {
    const files = { ".devcontainer.json": `{ "image": "${image}" }`, "package-lock.json": "{}" };
    expect(await commandsOf(files)).toMatchObject({ setup: "npm ci" });
    expect(await commandsOf(files, { ...none, setup: "make deps" })).toMatchObject({ setup: "make deps" });
  });

  test("does not choose an image that the operator has not listed", async () => {
    const files = { ".devcontainer.json": '{ "image": "nightshift-snapshot:abc" }' };
    const { preparation, warnings } = await preparationOf(files);
    expect(preparation.image).toBeNull();
    expect(warnings).toEqual([expect.stringContaining("`nightshift-snapshot:abc`, which `sandbox.images`")]);
  });

  test.each(["nightshift-snapshot:abc", "docker.io/library/nightshift-snapshot:abc", "nightshift-snapshot@sha256:1"])(
    "does not choose %s, another's snapshot, though the operator lists all",
    async (image) => {
      const files = { ".devcontainer.json": JSON.stringify({ image }) };
      expect((await preparationOf(files, none, "shop", ["*"])).preparation.image).toBeNull();
    },
  );

  test("that wants to be built is told to be beyond us, and the rest of it is used", async () => {
    const text = '{ "build": { "dockerfile": "Dockerfile" }, "postCreateCommand": "make deps" }';
    const { commands, warnings } = await preparationOf({ ".devcontainer/devcontainer.json": text });
    expect(commands.setup).toBe("make deps");
    expect(warnings).toEqual([
      expect.stringMatching(/^`build` in \.devcontainer\/devcontainer\.json is not supported/),
    ]);
  });

  test("that cannot be read is told and not used", async () => {
    const { commands, warnings } = await preparationOf({
      ".devcontainer.json": "{ image: 1",
      "package-lock.json": "{}",
    });
    expect(commands.setup).toBe("npm ci");
    expect(warnings).toEqual([expect.stringContaining(".devcontainer.json is not used")]);
  });

  test("may leave a comment open, which runs to the end and is looked through once", async () => {
    const text = `{ "image": "${image}" } /* ${"/* ".repeat(20_000)}`;
    expect((await preparationOf({ ".devcontainer.json": text })).preparation.image).toBe(image);
  });

  test("that is longer than any that people write is told and not used", async () => {
    const text = `{ "image": "${"x".repeat(9_000_000)}" }`;
    const { preparation, warnings } = await preparationOf({ ".devcontainer.json": text });
    expect(preparation.image).toBeNull();
    expect(warnings).toEqual([expect.stringContaining("it is over 64 KB")]);
  });
});

describe("the key of a snapshot", () => {
  const files = {
    "package.json": JSON.stringify({ version: "1.0.0", engines: { node: "24" }, scripts: { test: "vitest" } }),
    "package-lock.json": "{}",
    "web/yarn.lock": "",
    "src/index.js": "1",
    ".nvmrc": "24",
  };

  test.each<[string, Files]>([
    ["another source", { "src/index.js": "2" }],
    ["a new file", { "src/new.js": "" }],
    [
      "another version and test script",
      { "package.json": '{"engines":{"node":"24"},"scripts":{"test":"node --test"}}' },
    ],
  ])("stays with %s", async (_, changes) => {
    expect(await keyOf({ ...files, ...changes })).toBe(await keyOf(files));
  });

  test.each<[string, Files]>([
    ["another lock file", { "package-lock.json": '{"lockfileVersion":3}' }],
    ["another lock file in a folder", { "web/yarn.lock": "#" }],
    ["another version of Node", { ".nvmrc": "22" }],
    ["another tool file", { ".tool-versions": "nodejs 24" }],
    ["other engines", { "package.json": '{"engines":{"node":"22"}}' }],
    ["a script that runs at the install", { "package.json": '{"engines":{"node":"24"},"scripts":{"prepare":"tsc"}}' }],
    ["an image of its own", { ".devcontainer.json": '{ "image": "debian:12" }' }],
    ["requirements of Python", { "requirements/ci.txt": "pytest" }],
  ])("changes with %s", async (_, changes) => {
    expect(await keyOf({ ...files, ...changes })).not.toBe(await keyOf(files));
  });

  test("changes with the set-up, with the script that it runs, and with the repository", async () => {
    const settings = { ...none, setup: "bash ./tools/deps.sh && true" };
    const withScript = { ...files, "tools/deps.sh": "one" };
    const key = await keyOf(withScript, settings);
    expect(key).not.toBe(await keyOf(withScript));
    expect(key).not.toBe(await keyOf({ ...withScript, "tools/deps.sh": "two" }, settings));
    expect(await keyOf(files)).not.toBe(await keyOf(files, none, "other-shop"));
  });
});

test.each<[string, Files, string | undefined, boolean]>([
  ["a lock file", { "package-lock.json": "{}" }, undefined, true],
  ["no set-up", {}, undefined, true],
  ["the lock file's own command in the settings", { "package-lock.json": "{}" }, "npm ci", true],
  [
    "scripts that the install runs",
    { "package-lock.json": "{}", "package.json": '{"scripts":{"prepare":"tsc"}}' },
    undefined,
    false,
  ],
  [
    "a script after the preparation",
    { "yarn.lock": "", "package.json": '{"scripts":{"postprepare":"x"}}' },
    undefined,
    false,
  ],
  ["packages of its own", { "package-lock.json": "", "package.json": '{"workspaces":["a"]}' }, undefined, false],
  ["a package of its own", { "yarn.lock": "", "package.json": '{"dependencies":{"a":"file:./a"}}' }, undefined, false],
  ["packages of its own of pnpm", { "pnpm-lock.yaml": "", "pnpm-workspace.yaml": "" }, undefined, false],
  ["an addon that node-gyp builds", { "package-lock.json": "", "binding.gyp": "{}" }, undefined, false],
  ["uv and no package", { "uv.lock": 'source = { virtual = "." }' }, undefined, true],
  ["uv and a package", { "uv.lock": 'source = { editable = "." }' }, undefined, false],
  ["Poetry and no package", { "poetry.lock": "", "pyproject.toml": "package-mode = false" }, undefined, true],
  ["Poetry and a package", { "poetry.lock": "", "pyproject.toml": "[tool.poetry]" }, undefined, false],
  ["Bundler", { "Gemfile.lock": "GEM\n" }, undefined, true],
  ["Bundler and a gem", { "Gemfile.lock": "PATH\n  remote: .\n" }, undefined, false],
  ["Composer", { "composer.lock": "" }, undefined, false],
  ["a command of its own", { "package-lock.json": "{}" }, "make", false],
])("whether a set-up goes by the lock files alone is known for %s", async (_, files, setup, dependenciesOnly) => {
  const settings = setup === undefined ? none : { ...none, setup };
  expect((await preparationOf(files, settings)).preparation).toMatchObject({ dependenciesOnly });
});

const python = (text: string) => ({ "requirements.txt": text, "requirements/dev.txt": "" });

test.each<[string, boolean]>([
  ["# tools\n\nDjango==5.1 \\\n    --hash=sha256:1\nuvicorn[standard]>=0.30 ; python_version < '4'\nsix # .\n", true],
  ["-i https://pypi.example/simple\n-r requirements/dev.txt\n-c constraints.txt\nrequests", true],
  ["-e .", false],
  ["--editable=./lib", false],
  [".", false],
  [".[dev]", false],
  ["./lib", false],
  ["libs/one", false],
  ["one @ file:///workspace/one", false],
  ["wheels/one-1.0-py3-none-any.whl", false],
  ["one-1.0.tar.gz", false],
  ["-r base.in", false],
  ["-r requirements/../other.txt", false],
  ["--find-links wheels", false],
])("a list of requirements with %j goes by itself: %s", async (text, dependenciesOnly) => {
  expect((await preparationOf(python(text))).preparation).toMatchObject({ dependenciesOnly });
});

describe("other checks than the tests", () => {
  const types = (scripts: object) => ({ "package.json": JSON.stringify({ scripts }) });

  test("are those of the settings", async () => {
    const settings = repositorySettings.parse({
      lint: "make lint",
      typecheck: "make types",
      test_reports: ["out/*.xml"],
    });
    expect(await commandsOf(types({ typecheck: "tsc", lint: "eslint ." }), settings)).toEqual({
      ...{ setup: null, test: null, lint: "make lint", typecheck: "make types", reports: ["out/*.xml"] },
    });
  });

  test.each(["typecheck", "type-check", "check-types", "check:types", "tsc"])(
    "are the script %s, where it is there",
    async (name) => {
      expect(await commandsOf(types({ [name]: "tsc" }))).toEqual({
        setup: null,
        test: null,
        typecheck: `npm run ${name}`,
      });
    },
  );

  test("are the script lint, unless it mends what it finds", async () => {
    expect(await commandsOf(types({ lint: "eslint ." }))).toEqual({ setup: null, test: null, lint: "npm run lint" });
    expect(await commandsOf(types({ lint: "eslint . --fix" }))).toEqual({ setup: null, test: null });
  });

  test("are none where nothing says so", async () => {
    expect(await commandsOf(types({ style: "eslint .", lint: null, typecheck: 5 }))).toEqual({
      setup: null,
      test: null,
    });
  });
});
