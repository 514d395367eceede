import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readOperatorSettings } from "../../../src/config/read-operator-settings.ts";
import { operatorSettings } from "../../../src/domain/settings.ts";

const environment = {};

test("without a file the defaults hold", async () => {
  await using folder = await temporaryFolder();
  const { settings, where } = await readOperatorSettings({ environment, cwd: folder.path });
  expect(settings).toEqual(operatorSettings.parse({}));
  expect(where(["llm"])).toBeUndefined();
});

test.each(["nightshift.yaml", "nightshift.yml"])("%s in the working folder is read and frozen", async (name) => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, name), "workers: { concurrency: 2 }");
  const { settings } = await readOperatorSettings({ environment, cwd: folder.path });
  expect(settings.workers.concurrency).toBe(2);
  expect(Object.isFrozen(settings.workers)).toBe(true);
});

test("a setting is found again by file and line, one that is not there by the nearest above it", async () => {
  await using folder = await temporaryFolder();
  await writeFile(
    join(folder.path, "nightshift.yaml"),
    "label: x\nllm:\n  mode: local\n  routing:\n    code:\n      - a\n      - b\n",
  );
  const { where } = await readOperatorSettings({ environment, cwd: folder.path });
  expect(where(["llm", "mode"])).toBe("nightshift.yaml:3");
  expect(where(["llm", "routing", "code", 1])).toBe("nightshift.yaml:7");
  expect(where(["llm", "providers", "claude"])).toBe("nightshift.yaml:2");
  expect(where(["sandbox", "provider"])).toBe("nightshift.yaml");
});

test("a file named by the caller or the environment wins, and has to be there", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "nightshift.yaml"), "label: usual");
  await writeFile(join(folder.path, "mine.yaml"), "label: mine");
  const cwd = folder.path;
  expect((await readOperatorSettings({ file: "mine.yaml", environment, cwd })).settings.label).toBe("mine");
  const named = { NIGHTSHIFT_CONFIG: "mine.yaml" };
  expect((await readOperatorSettings({ environment: named, cwd })).settings.label).toBe("mine");
  await expect(readOperatorSettings({ file: "gone.yaml", environment, cwd })).rejects.toMatchObject({
    code: "bad_settings",
    message: expect.stringContaining("gone.yaml"),
  });
});

test("two usual files at once are refused, since one would be ignored in silence", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "nightshift.yaml"), "");
  await writeFile(join(folder.path, "nightshift.yml"), "");
  await expect(readOperatorSettings({ environment, cwd: folder.path })).rejects.toThrow("keep one of them");
});

test("all that is wrong with the file is said, one line each", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "nightshift.yaml"), "label: 5\nworker: {}\n");
  await expect(readOperatorSettings({ environment, cwd: folder.path })).rejects.toMatchObject({
    code: "bad_settings",
    message: expect.stringMatching(/^nightshift\.yaml:1: "label".*\nnightshift\.yaml:2: "worker".*"workers"\?$/),
  });
});

function temporaryFolder(): ReturnType<typeof mkdtempDisposable> {
  return mkdtempDisposable(join(tmpdir(), "nightshift-settings-"));
}
