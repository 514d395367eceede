import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { NightshiftError } from "../../domain/errors.ts";
import { shellWord } from "../../domain/shell-word.ts";
import type { ToolContext } from "../../domain/tool.ts";
import { type Checker, checkerFor, checkText, remarkOf } from "./check-syntax.ts";
import { absolutePath, inWorkspace, outside } from "./in-workspace.ts";
import { lintCommand, lintFunctions, lintRemark } from "./lint-file.ts";

/** What is to stand at a path: this content, or nothing. */
export interface FileChange {
  readonly path: string;
  /** `null` removes the file. */
  readonly content: Buffer | null;
  /** What stood there, where that is known. */
  readonly before?: Buffer;
  /** Take the mode of this file instead of the one that is at `path`. */
  readonly modeOf?: string;
}

/** What the shell reads byte by byte; over this many a file of its own is quicker. */
const maxInline = 100_000;
const checkSeconds = 3;

// All is laid ready before anything is changed. What is there gets another name and its own is then given to the new file, which
// replaces a link instead of following it; when one of several fails, those before it get back what they had.
const steps = `
S=$SCRATCH/.edits
[ -d "$S" ] || mkdir -p -- "$S" || exit 1
fail() { printf 'failed %s\\n' "$1"; exit 1; }
stage() {
  enter "$2" || { printf 'outside %s\\n' "$1"; exit 1; }
  if [ -d "./$b" ] && [ -z "$rest" ]; then echo 'It is a folder.'; fail "$1"; fi
  if [ -n "$3" ]; then (enter "$3" && cp -p -- "./$b" "$S/$ID.new.$1") || fail "$1"
  elif [ -z "$rest" ] && [ -f "./$b" ]; then cp -p -- "./$b" "$S/$ID.new.$1" || fail "$1"; fi
  if [ -z "$4" ]; then base64 -d <"$S/$5" | gzip -d >"$S/$ID.new.$1" || fail "$1"
  else base64 -d <<END | gzip -d >"$S/$ID.new.$1" || fail "$1"
$4
END
  fi
}
keep() { if [ -n "$SEVERAL" ] && [ -e "./$b" ] && [ -z "$rest" ]; then ln -- "./$b" "$S/$ID.old.$1" 2>/dev/null || cp -p -- "./$b" "$S/$ID.old.$1"; fi; }
arrive() {
  enter "$2" || return 3
  if [ -n "$rest" ]; then mkdir -p -- "./$rest" && enter "$2" && [ -z "$rest" ]; fi
}
put() { arrive "$1" "$2" && keep "$1" && mv -f -- "$S/$ID.new.$1" "./$b" || undo "$1"; }
drop() { arrive "$1" "$2" && keep "$1" && rm -- "./$b" || undo "$1"; }
undo() {
  n=0
  while [ "$n" -lt "$1" ]; do
    eval "was=\\$P$n"
    if enter "$was"; then
      if [ -e "$S/$ID.old.$n" ]; then mv -f -- "$S/$ID.old.$n" "./$b"; else rm -f -- "./$b"; fi
    fi
    n=$((n + 1))
  done
  fail "$1"
}
bounded() { if command -v timeout >/dev/null; then timeout -s KILL "$@"; else shift; "$@"; fi; }
verdict() {
  enter "$1" || return
  command -v "$2" >/dev/null || return
  shift
  said=$(bounded ${checkSeconds} "$@" "./$b" 2>&1 </dev/null); code=$?
  printf 'check %s\\n%s\\n' "$code" "$said"
}
${lintFunctions}`;

/**
 * Writes and removes files of the workspace, all of them or none. What can be checked at once is.
 * @returns for each change what its syntax check says, in a line or several; `""` where there is none.
 * @throws NightshiftError `bad_input` when one of them cannot be written; nothing is changed then.
 */
export async function writeFiles(changes: readonly FileChange[], context: ToolContext): Promise<readonly string[]> {
  const lines: string[] = [steps];
  let leaves = changes.length > 1;
  const paths = changes.map(({ path }) => shellWord(absolutePath(path, context)));
  for (const [n, path] of paths.entries()) lines.push(`P${n}=${path}`);
  for (const [n, { content, modeOf }] of changes.entries()) {
    if (content === null) continue;
    const like = modeOf === undefined ? "''" : shellWord(absolutePath(modeOf, context));
    const text = gzipSync(content).toString("base64");
    const inline = text.length <= maxInline;
    leaves ||= !inline;
    lines.push(`stage ${n} "$P${n}" ${like} ${inline ? shellWord(text) : `'' ${await sent(text, context)}`}`);
  }
  for (const [n, { content }] of changes.entries()) lines.push(`${content === null ? "drop" : "put"} ${n} "$P${n}"`);
  lines.push("printf 'written\\n\\036\\n'");
  const checkers = changes.map(({ path, content }) => (content === null ? undefined : checkerFor(path, content)));
  for (const [n, { path, content }] of changes.entries()) {
    const checker = checkers[n];
    if (checker !== undefined) lines.push(`verdict "$P${n}" ${checker.argv.map(shellWord).join(" ")}`);
    lines.push("printf '\\034\\n'");
    const lint = content === null ? undefined : lintCommand(path, `"$P${n}"`);
    if (lint !== undefined) lines.push(lint);
    lines.push("printf '\\035\\n'");
  }
  // One file that was sent in the command leaves nothing behind.
  if (leaves) lines.push('rm -f -- "$S"/*');
  const { output, timedOut } = await inWorkspace(
    {
      script: lines.join("\n"),
      variables: { ID: randomUUID(), SEVERAL: changes.length > 1 ? "1" : "" },
      timeoutMs: 120_000,
    },
    context,
  );
  const written = output.indexOf("written\n\x1e\n");
  if (written === -1) throw failed(output, changes, timedOut, context);
  const said = output.slice(written + "written\n\x1e\n".length).split("\x1d\n");
  return changes.map((change, n) => remark(change, checkers[n], said[n]));
}

function remark({ path, content, before }: FileChange, checker: Checker | undefined, said = ""): string {
  if (content === null) return "";
  const [checked = "", linted = ""] = said.split("\x1c\n");
  const syntax = checker === undefined ? checkText(path, content, before) : remarkOf(checker, path, checked);
  // Where the syntax is wrong a linter says no more.
  const lint = syntax.startsWith("But ") ? "" : lintRemark(path, linted);
  return lint === "" ? syntax : lint;
}

async function sent(text: string, { sandbox }: ToolContext): Promise<string> {
  const name = `sent.${randomUUID()}`;
  await sandbox.writeFile(`${sandbox.scratch}/.edits/${name}`, Buffer.from(text));
  return name;
}

function failed(
  output: string,
  changes: readonly FileChange[],
  timedOut: boolean,
  context: ToolContext,
): NightshiftError {
  const [said, kind, n] = /^(.*?)(outside|failed) (\d+)\n$/s.exec(output)?.slice(1) ?? [output];
  const path = changes[Number(n ?? 0)]?.path ?? "";
  if (kind === "outside") return outside(path, context);
  const why = timedOut ? "it took too long" : said?.trim() || "permission denied";
  return new NightshiftError("bad_input", `${path} cannot be written, and nothing was changed: ${why}`);
}
