import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ticketTypes } from "../../src/domain/ticket.ts";
import { modelScript } from "../../src/playground/model/model-script.ts";

const folder = join(import.meta.dirname, "../fixtures/repositories");
const counts = z.strictObject({ passed: z.number(), failed: z.number() });

/** A small repository as one text: what it holds, what is wanted of it, and a model that does it. */
const fixture = z.strictObject({
  title: z.string(),
  body: z.string(),
  type: z.enum(ticketTypes),
  branch: z.string(),
  /** Instead of fetching packages: `{modules}` are our own. */
  setup: z.string().optional(),
  /** What its tests come to without and with the change, where its runner says so in one place. */
  base: counts.optional(),
  head: counts.optional(),
  /** What is red on the base and green with the change, as the pull request names it. */
  red: z.array(z.string()).optional(),
  /** Besides the tests; what is red on the base as well is known. */
  checks: z.record(z.string(), z.enum(["green", "known red"])).optional(),
  needs: z.literal("pytest").optional(),
  files: z.record(z.string(), z.string()),
  script: z.custom<z.input<typeof modelScript>>((value) => modelScript.safeParse(value).success),
});
export type Fixture = z.infer<typeof fixture>;

export async function fixtureNames(): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".yaml")).map((name) => name.slice(0, -".yaml".length));
}

export async function readFixture(name: string): Promise<Fixture> {
  const modules = /^file:\/\/(.*?\/node_modules)\//.exec(import.meta.resolve("vitest"))?.[1] ?? "";
  const text = (await readFile(join(folder, `${name}.yaml`), "utf8")).replaceAll("{modules}", modules);
  return fixture.parse(parse(text));
}

/** Writes the files out as a git repository with one commit, as somebody who works there has it. */
export async function writeRepository(path: string, files: Readonly<Record<string, string>>): Promise<GitIn> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, dirname(name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  const git: GitIn = (...args) =>
    execFileSync("git", ["-C", path, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.org");
  git("add", "--all");
  git("commit", "--quiet", "--message=First");
  return git;
}

/** Runs git there as its user would. */
export type GitIn = (...args: readonly string[]) => string;
