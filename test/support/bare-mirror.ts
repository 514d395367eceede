import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface BareMirror extends Disposable {
  /** Of the bare repository; its branch is `main`, with one commit. */
  readonly path: string;
}

/** A bare repository on disk with one commit of `files`, as the forge's mirrors are. */
export function bareMirror(files: Readonly<Record<string, string>>): BareMirror {
  const root = mkdtempSync(join(tmpdir(), "mirror-"));
  const source = join(root, "source");
  const path = join(root, "mirror.git");
  mkdirSync(source);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), content);
  }
  const git = (...args: string[]) => execFileSync("git", args, { cwd: source, stdio: "pipe" });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "--quiet", "--message=First");
  git("clone", "--quiet", "--bare", source, path);
  return { path, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
