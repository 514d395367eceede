import { expect, test } from "vitest";
import { redefinedBy } from "../../../src/execution/proof/redefined-by.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

const { signal } = new AbortController();

/** What is told of a change that does `lines` to a repository of all kinds. */
async function toldOf(lines: string): Promise<string[]> {
  await using sandbox = await processSandbox();
  const run = async (line: string) => {
    const result = await sandbox.run({ line, timeoutMs: 60_000 }, { signal });
    expect(result).toMatchObject({ exitCode: 0 });
    return result.output;
  };
  const manifest = JSON.stringify({ scripts: { test: "vitest" }, dependencies: { one: "1" } });
  const base = await run(`git init --quiet . && printf '%s' '${manifest}' | tee package.json >composer.json &&
echo all: >Makefile && echo test >test.js && mkdir -p src && echo one >src/one.js &&
git add . && git commit --quiet -m base && git rev-parse HEAD`);
  await run(`set -e; ${lines}; git add --all; git commit --quiet -m change`);
  return (await redefinedBy(sandbox, base.trim(), signal)).sort();
}

test("whatever gives a test command its meaning is told", async () => {
  const files = [
    ...[".cargo/config.toml", ".mvn/jvm.config", ".npmrc", ".rspec", "GNUmakefile", "Rakefile", "build.gradle"],
    ...["build.gradle.kts", "gradlew", "mvnw", "phpunit.xml.dist", "pom.xml", "pytest.ini", "settings.gradle"],
    ...["tox.ini", "vitest.config.ts"],
  ];
  expect(await toldOf(`mkdir -p .cargo .mvn; for f in ${files.join(" ")}; do echo new >$f; done`)).toEqual(files);
});

test("a manifest is told when its scripts or its runner's settings change, and not for a dependency", async () => {
  expect(await toldOf(`sed -i 's/"one":"1"/"two":"2"/' package.json composer.json`)).toEqual([]);
  expect(await toldOf("sed -i s/vitest/true/ package.json composer.json")).toEqual(["composer.json", "package.json"]);
  expect(await toldOf(`sed -i 's/^{/{"jest":{"testMatch":[]},/' package.json`)).toEqual(["package.json"]);
});

test("tests and sources are an ordinary change", async () => {
  expect(await toldOf("echo more >>test.js; echo more >src/Makefile; echo more >>src/one.js")).toEqual([]);
});

test("one that was moved away is told, and more changed files than an output holds hide none", async () => {
  const many = "a-folder-with-a-name-that-takes-some-room-in-a-list-of-changed-files-and-has-no-end";
  const lines = `git mv Makefile x; sed -i s/vitest/true/ package.json; mkdir ${many} z-${many}; cd ${many}; seq 6000 | xargs touch; cd ../z-${many}; seq 6000 | xargs touch; cd ..`;
  expect(await toldOf(lines)).toEqual(["Makefile", "package.json"]);
});
