import { posix } from "node:path";

/** Lock files with the manifests that they are made from. */
const manifests: Readonly<Record<string, readonly string[]>> = {
  "package-lock.json": ["package.json"],
  "npm-shrinkwrap.json": ["package.json"],
  "yarn.lock": ["package.json", ".yarnrc.yml"],
  "pnpm-lock.yaml": ["package.json", "pnpm-workspace.yaml"],
  "bun.lock": ["package.json"],
  "bun.lockb": ["package.json"],
  "uv.lock": ["pyproject.toml"],
  "poetry.lock": ["pyproject.toml"],
  "Pipfile.lock": ["Pipfile"],
  "Cargo.lock": ["Cargo.toml"],
  "go.sum": ["go.mod"],
  "go.work.sum": ["go.work", "go.mod"],
  "Gemfile.lock": ["Gemfile"],
  "composer.lock": ["composer.json"],
  "gradle.lockfile": ["build.gradle", "build.gradle.kts", "libs.versions.toml"],
};
const gemspec = /\.gemspec$/;

export function isLockFile(path: string): boolean {
  return posix.basename(path) in manifests;
}

/** Whether a change of `path` explains one of the lock file. */
export function explainsLock(lock: string, path: string): boolean {
  return manifests[posix.basename(lock)]?.includes(posix.basename(path)) === true || gemspec.test(path);
}

export function isSnapshot(path: string): boolean {
  return /(?:^|\/)__(?:image_)?snapshots__\/|\.(?:snap|ambr|golden|approved\.\w+)$|(?:^|\/)testdata\/.*\.golden/.test(
    path,
  );
}
