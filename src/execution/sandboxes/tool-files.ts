import { posix } from "node:path";
import { z } from "zod";
import { parseJson } from "../../domain/parse-json.ts";

/** Names of the files that say which packages and tools a repository wants, in whatever folder they are. */
const names: ReadonlySet<string> = new Set([
  // Node
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  ".pnpmfile.cjs",
  "yarn.lock",
  ".yarnrc",
  ".yarnrc.yml",
  "bun.lock",
  ".npmrc",
  ".nvmrc",
  ".node-version",
  "binding.gyp",
  // Python
  "uv.lock",
  "poetry.lock",
  "Pipfile.lock",
  "pyproject.toml",
  "setup.py",
  "setup.cfg",
  ".python-version",
  // Go, Rust
  "go.mod",
  "go.sum",
  "go.work",
  "go.work.sum",
  "Cargo.lock",
  "rust-toolchain",
  "rust-toolchain.toml",
  // Java
  "pom.xml",
  "maven-wrapper.properties",
  "build.gradle",
  "build.gradle.kts",
  "settings.gradle",
  "settings.gradle.kts",
  "gradle.lockfile",
  "gradle.properties",
  "gradle-wrapper.properties",
  "libs.versions.toml",
  ".java-version",
  ".sdkmanrc",
  // Ruby, PHP
  "Gemfile",
  "Gemfile.lock",
  ".ruby-version",
  "composer.json",
  "composer.lock",
  // Whatever
  ".tool-versions",
  "mise.toml",
  ".mise.toml",
  "devcontainer.json",
  ".devcontainer.json",
]);
const requirements = /^(?:[\w.-]*-)?(?:requirements|constraints)[\w.-]*\.txt$|(?:^|\/)requirements\/[\w.-]+\.txt$/;

/** What git is to look at for them, and some more. */
export const toolPathspecs: readonly string[] = [
  ...names,
  "*requirements*.txt",
  "*constraints*.txt",
  "requirements/*.txt",
  "package.json",
].map((path) => `:(glob)**/${path}`);

/** Whether a change of this file means that a set-up has to be run again. */
export function isToolFile(path: string): boolean {
  const name = posix.basename(path);
  return names.has(name) || requirements.test(name) || requirements.test(path);
}

/** The paths that a command could mean, such as the script that it runs. */
export function namedIn(command: string): ReadonlySet<string> {
  return new Set(command.split(/[\s"'`;&|()<>=]+/).map((word) => posix.normalize(word)));
}

const manifest = z.looseObject({ scripts: z.record(z.string(), z.unknown()).optional() });
const manifestKeys = [
  "engines",
  "packageManager",
  "devEngines",
  "volta",
  "workspaces",
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "overrides",
  "resolutions",
  "pnpm",
] as const;
const scriptNames = ["preinstall", "install", "postinstall", "prepare", "prepublish"] as const;

/** What of a package.json a set-up goes by: most changes of it, a new version or script, mean nothing to one. */
export function nodeFacts(text: string): unknown {
  const { data } = manifest.safeParse(parseJson(text));
  if (data === undefined) return text;
  return [manifestKeys.map((key) => data[key] ?? null), scriptNames.map((name) => data.scripts?.[name] ?? null)];
}
