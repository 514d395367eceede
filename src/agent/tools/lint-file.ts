import { posix } from "node:path";
import { shellWord } from "../../domain/shell-word.ts";

/** A repository's linter, as far as it looks at one file and writes nothing; the file's name comes last. */
interface Linter {
  readonly name: string;
  readonly extensions: RegExp;
  /** Says in a shell whether the folder `$d` sets it up. */
  readonly isSetUp: string;
  /** Folders that hold its program, from the folder that sets it up or one above it; then those of `PATH`. */
  readonly programs: string;
  readonly args: readonly string[];
}

const script = /\.(?:[cm]?[jt]s|[jt]sx)$/;

// The first that is set up is asked. All of them end with 1 for what they object to, and with more when they could not look.
const linters: readonly Linter[] = [
  {
    name: "biome",
    extensions: /\.(?:[cm]?[jt]s|[jt]sx|jsonc?|css)$/,
    isSetUp: '[ -e "$d/biome.json" ] || [ -e "$d/biome.jsonc" ]',
    programs: "node_modules/.bin",
    args: ["check", "--colors=off", "--diagnostic-level=error", "--max-diagnostics=5", "--no-errors-on-unmatched"],
  },
  {
    name: "eslint",
    extensions: script,
    isSetUp: 'ls -- "$d"/eslint.config.* "$d"/.eslintrc* 2>/dev/null | grep -q .',
    programs: "node_modules/.bin",
    args: ["--no-color", "--quiet"],
  },
  {
    name: "ruff",
    extensions: /\.pyi?$/,
    isSetUp: '[ -e "$d/ruff.toml" ] || [ -e "$d/.ruff.toml" ] || grep -qs "^\\[tool\\.ruff" "$d/pyproject.toml"',
    programs: ".venv/bin",
    args: ["check", "--no-fix", "--quiet", "--no-cache"],
  },
];

const seconds = 5;
const maxChars = 1_500;
const maxBytes = 4 * maxChars;

/**
 * For a shell that knows `enter` and `bounded`: `lint PATH NAME PROGRAMS ARGS…` asks the linter that `set_up_NAME` finds set up in the
 * file's folder or above it. One that was too slow once is not waited for again.
 */
export const lintFunctions = [
  `lint() {
  enter "$1" || return 1
  [ -e "$SCRATCH/.slow-$2" ] && return 1
  d=$here
  until "set_up_$2"; do [ "$d" = "$root" ] && return 1; d=\${d%/*}; done
  w=$d name=$2 programs=$3 file=\${here#"$d"}
  until [ -x "$w/$programs/$name" ] || [ "$w" = "$root" ]; do w=\${w%/*}; done
  tool=$w/$programs/$name
  [ -x "$tool" ] || tool=$(command -v "$name") || return 1
  file=.\${file}/$b
  shift 3
  # Into a file: a pipe would stay open for as long as what it leaves behind runs.
  said=$SCRATCH/.lint.$ID
  (cd -- "$d" && bounded ${seconds} "$tool" "$@" "$file") >"$said" 2>&1 </dev/null; code=$?
  case $code in 124 | 137) : >"$SCRATCH/.slow-$name" ;; esac
  printf '%s %s\\n' "$name" "$code"; head -c ${maxBytes} -- "$said"; printf '\\n'; rm -f -- "$said"
}`,
  ...linters.map(({ name, isSetUp }) => `set_up_${name}() { ${isSetUp}; }`),
].join("\n");

/** The command that asks the repository's linter about the file at the shell word `path`; `undefined` where none knows such files. */
export function lintCommand(name: string, path: string): string | undefined {
  const calls = linters
    .filter(({ extensions }) => extensions.test(posix.basename(name)))
    .map((linter) => `lint ${path} ${[linter.name, linter.programs, ...linter.args].map(shellWord).join(" ")}`);
  return calls.length === 0 ? undefined : calls.join(" || ");
}

/** What a linter's answer means, for the model; `""` where it has nothing to say. */
export function lintRemark(path: string, answer: string): string {
  const [, name, code, said = ""] = /^(\w+) (\d+)\n(.*)\n$/s.exec(answer) ?? [];
  if (name === undefined || code !== "1") return "";
  return `But ${name} objects to what ${path} is now. Mend what came in with this edit:\n${said.trim().slice(0, maxChars)}`;
}
