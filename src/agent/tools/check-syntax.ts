import { posix } from "node:path";
import { LineCounter, parseAllDocuments } from "yaml";
import { explain } from "../../domain/errors.ts";

/** A program of the sandbox that looks at a file's syntax and writes nothing; the file's name comes last. */
export interface Checker {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** What it says in this way is not about the syntax. */
  readonly notMeant?: RegExp;
}

const python = (name: string, code: string): Checker => ({
  name,
  argv: ["python3", "-I", "-S", "-c", `import sys; file = open(sys.argv[1], "rb")\n${code}`],
});
const compile = python(
  "python",
  `
try: compile(file.read(), sys.argv[1][2:], "exec", dont_inherit=True)
except (SyntaxError, ValueError) as error:
  print("line %s: %s" % (getattr(error, "lineno", "?"), getattr(error, "msg", error)))
  sys.exit(1)`,
);
const toml = python(
  "TOML",
  `
try: import tomllib
except ImportError: sys.exit(127)
try: tomllib.load(file)
except ValueError as error:
  print(error)
  sys.exit(1)`,
);
// React and Flow are written in files of this name as well; that is for the repository's own tools to judge.
const node: Checker = {
  name: "node --check",
  argv: ["node", "--check"],
  notMeant: /<\/?[\w.]*[ />].*\n\s*\^+\n|\bimport type\b/s,
};
// Since Node 22.13; an older one says nothing.
const stripTypes = `
const { stripTypeScriptTypes: strip } = require("node:module");
if (strip === undefined) process.exit(127);
try { strip(require("node:fs").readFileSync(process.argv[1], "utf8"), { mode: "transform" }); }
catch (error) { console.log(error.stack); process.exit(1); }`;
const typeScript: Checker = { name: "TypeScript", argv: ["node", "--no-warnings", "--eval", stripTypes, "--"] };
const bash: Checker = { name: "bash -n", argv: ["bash", "-n"] };

const checkers: Readonly<Record<string, Checker>> = {
  ".js": node,
  ".mjs": node,
  ".cjs": node,
  ".ts": typeScript,
  ".mts": typeScript,
  ".cts": typeScript,
  ".py": compile,
  ".pyi": compile,
  ".toml": toml,
  ".rb": { name: "ruby -c", argv: ["ruby", "-c"] },
  ".php": { name: "php -l", argv: ["php", "-l"] },
  // Without a list of names it prints the whole file when it is right.
  ".go": { name: "gofmt", argv: ["gofmt", "-e", "-l"] },
  ".bash": bash,
};

/** The cheapest check there is of a file of this name; `undefined` where there is none in the sandbox. */
export function checkerFor(path: string, content: Buffer): Checker | undefined {
  const extension = posix.extname(path);
  if (extension === ".sh" || extension === "")
    return /^#!.*\bbash\b/.test(content.toString("latin1", 0, 100)) ? bash : undefined;
  return Object.hasOwn(checkers, extension) ? checkers[extension] : undefined;
}

const maxChars = 1_500;
/** What `timeout` and shells end with when a program did not come to its end, or is not there. */
const unable = new Set([124, 126, 127, 137, 143]);

/** What a checker's answer means, for the model. `answer` is `check CODE`, a line end and what it printed; `""` where it is not there. */
export function remarkOf({ name, notMeant }: Checker, path: string, answer: string): string {
  const [, code, said = ""] = /^check (\d+)\n(.*)\n$/s.exec(answer) ?? [];
  if (code === undefined || unable.has(Number(code))) return "";
  if (code === "0") return `${name}: no syntax error.`;
  if (notMeant?.test(said)) return "";
  const own = said.split("\n").filter((line) => !/^ {4}at |^Node\.js v/.test(line));
  const text = own
    .join("\n")
    .replaceAll(/\/\S*(?=\/)|\.(?=\/)/g, "")
    .trim()
    .slice(0, maxChars);
  return `But ${name} finds an error in what ${path} is now. Mend it:\n${text}`;
}

// Comments and trailing commas are usual in these.
const lenient = /(^|\/)(tsconfig|jsconfig|\.eslintrc|devcontainer)[^/]*\.json$|(^|\/)\.(vscode|devcontainer)\//;
const maxParsed = 1_000_000;

/** The same for what is parsed here. A file that was wrong before, as a template may be, is left alone. */
export function checkText(path: string, content: Buffer, before: Buffer | undefined): string {
  const parse = parserOf(path);
  if (parse === undefined || content.length > maxParsed) return "";
  const problem = parse.problemOf(content.toString("utf8"));
  if (problem === undefined) return `${parse.name}: no syntax error.`;
  if (before !== undefined && parse.problemOf(before.toString("utf8")) !== undefined) return "";
  return `But ${path} is no ${parse.name} now. Mend it:\n${problem.slice(0, maxChars)}`;
}

function parserOf(path: string) {
  const extension = posix.extname(path);
  if (extension === ".json" && !lenient.test(path)) return { name: "JSON", problemOf: jsonProblem };
  if (extension === ".yml" || extension === ".yaml") return { name: "YAML", problemOf: yamlProblem };
  return undefined;
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return explain(error);
  }
}

function yamlProblem(text: string): string | undefined {
  const lineCounter = new LineCounter();
  return parseAllDocuments(text, { lineCounter, logLevel: "silent" }).flatMap(({ errors }) => errors)[0]?.message;
}
