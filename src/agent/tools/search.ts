import { z } from "zod";
import { headAndTail } from "../head-and-tail.ts";
import { defineTool } from "./define-tool.ts";
import { globToRegExp } from "./glob-to-reg-exp.ts";
import { absolutePath, inWorkspace, outside } from "./in-workspace.ts";

const maxLines = 200;
const maxChars = 12_000;
const maxLineChars = 300;
const longestMs = 60_000;
/** As ripgrep says it. */
const cut = "[... omitted end of long line]";
const cutHint = "[of a line that is cut, see what matches with bash: grep -onE '.{0,80}PATTERN.{0,80}' FILE]";
/** A glob beats .gitignore, and one of everything would bring in all that is ignored. */
const everything = /^(?:\*\*\/)*\*{1,2}$/;

/** How ripgrep and grep begin when they cannot read a pattern or a glob; of a file they name its path. */
const refused = /^(?:rg: )?((?:regex parse error:|the literal '|error parsing glob)[\s\S]*)|^(grep: (?!.*: )[\s\S]*)/;
const toTheLetter = "[the pattern is no regular expression; these lines hold it to the letter]\n";
const wayOut =
  "No line holds it to the letter either. Escape what stands for itself, like \\( or \\{; a pattern is about one line, and what looks around needs bash: rg -P.";

// Both take a regular expression and skip binary files; grep leaves out what no search wants to see.
// What is found is named from the workspace on.
const script = `
enter "$WANTED" || exit 3
if [ -n "$rest" ] || [ ! -e "./$b" ]; then exit 4; fi
if [ "$b" = . ]; then at=. prefix=\${PWD#"$root"}; else at=./$b prefix=\${PWD#"$root"}; fi
prefix=\${prefix#/}; export PREFIX="\${prefix:+$prefix/}"
cut_long() { awk '{ if (length($0) > ${maxLineChars}) $0 = substr($0, 1, ${maxLineChars}) " ${cut}"; print }'; }
found() {
  set --
  if [ -n "$IGNORE_CASE" ]; then set -- -i; fi
  if command -v rg >/dev/null; then
    set -- "$@" --color=never --sort=path --hidden
    if [ -n "$GLOB" ]; then set -- "$@" --glob "$GLOB"; fi
    if [ -n "$PLAIN" ]; then set -- "$@" -F; fi
    # Of two globs the later one holds.
    set -- "$@" --glob '!.git'
    if [ -z "$PATTERN" ]; then exec rg --files "$@" -- "$at"
    else exec rg --line-number --no-heading --with-filename --max-columns=${maxLineChars} --max-columns-preview "$@" -e "$PATTERN" -- "$at"; fi
  elif [ -z "$PATTERN" ]; then
    find "$at" \\( -name .git -o -name node_modules \\) -prune -o -type f -print | grep -E -e "$GLOB_PATTERN" | sort
    return
  fi
  # As near to ripgrep's expressions as there is.
  if [ -n "$PLAIN" ]; then set -- "$@" -F
  elif printf 1 | grep -qP '\\d' 2>/dev/null; then set -- "$@" -P
  else set -- "$@" -E; fi
  if [ -z "$GLOB" ]; then
    grep -rnHI "$@" --exclude-dir=.git --exclude-dir=node_modules -e "$PATTERN" -- "$at" | cut_long
  else
    find "$at" \\( -name .git -o -name node_modules \\) -prune -o -type f -print0 | grep -zE -e "$GLOB_PATTERN" | sort -z |
      xargs -0 grep -nHI "$@" -e "$PATTERN" -- | cut_long
  fi
}
found 2>&1 | awk 'NR <= ${maxLines} { if (substr($0, 1, 2) == "./") $0 = ENVIRON["PREFIX"] substr($0, 3); print substr($0, 1, 800) } END { if (NR > ${maxLines}) print "\\036" NR - ${maxLines} }'`;

export const search = defineTool({
  name: "search",
  description: `Search files for a regular expression; gives path:line: text, ${maxLines} lines at most. With glob only in files of such a path; with glob alone it lists them. What .gitignore names is left out.`,
  parameters: z.strictObject({
    pattern: z.string().min(1).optional().describe("A regular expression; (?i) at its beginning ignores case"),
    path: z.string().min(1).default(".").describe("The folder or file to search in"),
    glob: z.string().min(1).optional().describe("Like *.ts, or src/**/*.test.js from that folder on"),
  }),
  readOnly: true,
  async run({ pattern, path, glob: wanted }, context) {
    if (pattern === undefined && wanted === undefined) {
      return { text: "Give a pattern to search for, a glob of files to list, or both.", isError: true };
    }
    const glob = wanted === undefined || everything.test(wanted) ? undefined : wanted;
    const variables = {
      WANTED: absolutePath(path, context),
      PATTERN: (pattern ?? "").replace(/^\(\?i\)(?=.)/, ""),
      IGNORE_CASE: /^\(\?i\)./.test(pattern ?? "") ? "1" : "",
      GLOB: glob ?? "",
      GLOB_PATTERN: glob === undefined ? "" : globToRegExp(glob),
    };
    const look = (PLAIN: string) =>
      inWorkspace({ script, variables: { ...variables, PLAIN }, timeoutMs: longestMs }, context);
    let { output, exitCode, timedOut } = await look("");
    const problem = refused.exec(output)?.slice(1).join("").split("\n\n")[0]?.trim();
    if (problem?.startsWith("error parsing glob"))
      return { text: `The glob is not understood: ${problem}`, isError: true };
    // Code that is looked for is often no expression, and mostly meant to the letter.
    if (problem !== undefined) ({ output, exitCode, timedOut } = await look("1"));
    if (timedOut) {
      return { text: `The search took over ${longestMs / 1000} s. Name a smaller folder, or a glob.`, isError: true };
    }
    if (exitCode === 3) throw outside(path, context);
    if (exitCode === 4) return { text: `There is no ${path}. List what there is with a glob, like *.`, isError: true };
    if (problem !== undefined && (output === "" || refused.test(output))) {
      return { text: `The pattern is not understood: ${problem}\n${wayOut}`, isError: true };
    }
    if (output === "") {
      const what = [pattern, wanted === undefined ? undefined : `files like ${wanted}`].filter(
        (it) => it !== undefined,
      );
      return { text: `Nothing below ${path} matches ${what.join(" in ")}.` };
    }
    const [lines = "", more] = output.split("\x1e");
    const rest = more === undefined ? "" : `[${more.trim()} more; narrow the pattern, the path or the glob]`;
    const hint = lines.includes(`${cut}\n`) ? [cutHint] : [];
    const note = problem === undefined ? "" : toTheLetter;
    return { text: note + headAndTail(lines, maxChars) + [...hint, rest].join("\n").trimEnd() };
  },
});
