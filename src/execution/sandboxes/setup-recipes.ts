import { z } from "zod";
import type { ReadText } from "../../domain/committed-files.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { hasOwnRequirements } from "./own-requirements.ts";

/** What an ecosystem's lock file asks for. */
export interface SetupRecipe {
  readonly command: string;
  /** It only fetches what the lock file names, so that another commit with the same lock file needs nothing more. */
  readonly dependenciesOnly: boolean;
}

/** The ordinary command of one ecosystem; `undefined` for a repository that is not of it. */
type FindRecipe = (read: ReadText) => Promise<SetupRecipe | undefined>;

/** The first that fits wins; what a repository needs beyond it, its settings say. */
const recipes: readonly FindRecipe[] = [
  npm,
  pnpm,
  yarn,
  uv,
  poetry,
  pip,
  byFile("go.mod", "go mod download"),
  byFile("Cargo.lock", "cargo fetch --locked"),
  maven,
  gradle,
  bundler,
  composer,
  npmWithoutLock,
];

/** The ordinary set-up of a repository by its lock file, or by a manifest that has none. */
export async function findSetupRecipe(read: ReadText): Promise<SetupRecipe | undefined> {
  for (const find of recipes) {
    const recipe = await find(read);
    if (recipe !== undefined) return recipe;
  }
  return undefined;
}

/** Where `findSetupRecipe` has Python's packages installed, if it does. */
export async function pythonOf(read: ReadText): Promise<string> {
  const isolated = await anyOf(read, ["uv.lock", "poetry.lock", ...requirements]);
  return isolated.length === 0 ? "python3" : ".venv/bin/python";
}

function byFile(path: string, command: string): FindRecipe {
  return async (read) => ((await read(path)) === undefined ? undefined : { command, dependenciesOnly: true });
}

async function npm(read: ReadText): Promise<SetupRecipe | undefined> {
  const locks = await anyOf(read, ["npm-shrinkwrap.json", "package-lock.json"]);
  return locks.length === 0 ? undefined : { command: "npm ci", dependenciesOnly: !(await buildsItself(read)) };
}

/** Last: many libraries keep no lock file, and others have a manifest for a formatter alone. */
async function npmWithoutLock(read: ReadText): Promise<SetupRecipe | undefined> {
  const wanted = manifest.safeParse(parseJson((await read("package.json")) ?? "")).data;
  const packages = { ...wanted?.dependencies, ...wanted?.devDependencies };
  // Its packages say what they want in manifests of their own.
  if (Object.keys(packages).length === 0 && wanted?.workspaces === undefined) return undefined;
  return { command: "npm install --no-package-lock", dependenciesOnly: !(await buildsItself(read)) };
}

const manifest = z.object({
  dependencies: z.record(z.string(), z.unknown()).optional(),
  devDependencies: z.record(z.string(), z.unknown()).optional(),
  workspaces: z.unknown().optional(),
});

async function pnpm(read: ReadText): Promise<SetupRecipe | undefined> {
  const lock = await read("pnpm-lock.yaml");
  if (lock === undefined) return undefined;
  // What wrote the lock file can read it, where the manifest does not say which pnpm it wants.
  const major = /^lockfileVersion: *'?5/m.test(lock) ? "7" : /^lockfileVersion: *'?6/m.test(lock) ? "8" : "10";
  const program = (await packageManager(read, "pnpm")) ?? `pnpm@${major}`;
  return {
    command: `npx --yes ${program} install --frozen-lockfile`,
    dependenciesOnly: !(await buildsItself(read)),
  };
}

async function yarn(read: ReadText): Promise<SetupRecipe | undefined> {
  if ((await read("yarn.lock")) === undefined) return undefined;
  const dependenciesOnly = !(await buildsItself(read));
  const settings = await read(".yarnrc.yml");
  if (settings === undefined) return { command: "npx --yes yarn@1 install --frozen-lockfile", dependenciesOnly };
  // Yarn 1 hands over to the release that the repository keeps.
  if (/^yarnPath:/m.test(settings)) return { command: "npx --yes yarn@1 install --immutable", dependenciesOnly };
  const version = (await packageManager(read, "yarn"))?.slice("yarn@".length) ?? "4";
  return { command: `npx --yes @yarnpkg/cli-dist@${version} install --immutable`, dependenciesOnly };
}

async function uv(read: ReadText): Promise<SetupRecipe | undefined> {
  const lock = await read("uv.lock");
  // The repository's own packages, unless they are none.
  return lock === undefined
    ? undefined
    : { command: "uv sync --frozen", dependenciesOnly: !/source = \{ (?:editable|directory|path) =/.test(lock) };
}

async function poetry(read: ReadText): Promise<SetupRecipe | undefined> {
  if ((await read("poetry.lock")) === undefined) return undefined;
  const project = (await read("pyproject.toml")) ?? "";
  return {
    command: "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction",
    dependenciesOnly: /^package-mode *= *false/m.test(project) && !/\bpath *=/.test(project),
  };
}

async function bundler(read: ReadText): Promise<SetupRecipe | undefined> {
  const lock = await read("Gemfile.lock");
  if (lock === undefined) return undefined;
  const command = "bundle config set --local path vendor/bundle && BUNDLE_FROZEN=true bundle install";
  return { command, dependenciesOnly: !/^PATH$/m.test(lock) };
}

/** It runs the repository's scripts, and writes down which classes the commit has. */
async function composer(read: ReadText): Promise<SetupRecipe | undefined> {
  if ((await read("composer.lock")) === undefined) return undefined;
  return { command: "composer install --no-interaction --no-progress", dependenciesOnly: false };
}

const requirements = [
  "requirements.txt",
  "requirements-dev.txt",
  "dev-requirements.txt",
  "requirements-test.txt",
  "test-requirements.txt",
  "requirements/dev.txt",
  "requirements/test.txt",
] as const;

async function pip(read: ReadText): Promise<SetupRecipe | undefined> {
  const found = await anyOf(read, requirements);
  if (found.length === 0) return undefined;
  const files = found.map((path) => `-r ${path}`).join(" ");
  const command = `python3 -m venv .venv && .venv/bin/python -m pip install --disable-pip-version-check ${files}`;
  const lists = await Promise.all(found.map(async (path) => [path, (await read(path)) ?? ""] as const));
  return { command, dependenciesOnly: !hasOwnRequirements(new Map(lists)) };
}

async function maven(read: ReadText): Promise<SetupRecipe | undefined> {
  if ((await read("pom.xml")) === undefined) return undefined;
  return { command: `${await wrapperOr(read, "mvnw", "mvn")} -B -q dependency:go-offline`, dependenciesOnly: true };
}

async function gradle(read: ReadText): Promise<SetupRecipe | undefined> {
  const files = ["build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"];
  if ((await anyOf(read, files)).length === 0) return undefined;
  const program = await wrapperOr(read, "gradlew", "gradle");
  return { command: `${program} --no-daemon --quiet dependencies`, dependenciesOnly: true };
}

/** How to call a build tool that a repository may bring along, whether or not the file may be executed. */
export async function wrapperOr(read: ReadText, wrapper: string, program: string): Promise<string> {
  return (await read(wrapper)) === undefined ? program : `sh ./${wrapper}`;
}

/** The program that `packageManager` of the manifest names, as `name@version`. https://nodejs.org/api/packages.html#packagemanager */
async function packageManager(read: ReadText, name: string): Promise<string | undefined> {
  const manifest = (await read("package.json")) ?? "";
  return new RegExp(`"packageManager"\\s*:\\s*"(${name}@\\d[\\w.-]*)`).exec(manifest)?.[1];
}

const installScripts =
  /"(?:preinstall|install|postinstall|preprepare|prepare|postprepare|prepublish|dependencies|pnpm:devPreinstall)"\s*:\s*"/;
/** Of packages in the repository itself, with install scripts of their own. */
const ownPackages = /"workspaces"\s*:|"(?:file|link|portal|workspace):/;

/** Whether an install of Node packages runs scripts of the repository itself, or has node-gyp build it: they may build anything. */
async function buildsItself(read: ReadText): Promise<boolean> {
  const manifest = (await read("package.json")) ?? "";
  if (installScripts.test(manifest) || ownPackages.test(manifest)) return true;
  return (await anyOf(read, ["binding.gyp", "pnpm-workspace.yaml"])).length > 0;
}

async function anyOf(read: ReadText, paths: readonly string[]): Promise<readonly string[]> {
  const texts = await Promise.all(paths.map(async (path) => ((await read(path)) === undefined ? [] : [path])));
  return texts.flat();
}
