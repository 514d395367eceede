const runner =
  /\b(?:npm|pnpm|yarn|bun|deno|node|go|cargo|mvn|mvnw|gradle|gradlew|make|swift|dotnet|mix|rake|composer)\b[^|;&]*\b(?:tests?|t|verify|check)\b|\b(?:jest|vitest|mocha|ava|pytest|tox|nox|unittest|rspec|phpunit|ctest)\b|\brun[-_]?tests?\b/;

// What looks at files may well name a runner.
const looking = /^\s*(?:grep|rg|cat|head|tail|less|sed|awk|ls|find|git|echo|which)\b/;

/** Whether a command line runs tests, as far as it shows. */
export function runsTests(line: string): boolean {
  return line.split(/[|;&\n]+/).some((part) => runner.test(part) && !looking.test(part));
}

const counting = /(?:^|\s)\d+ (?:passed|passing|failed|failing|failures?|errors?)\b|^[#ℹ] (?:tests|pass|fail) \d/;
const countsRed = /(?:^|\s)[1-9]\d* (?:failed|failing|failures?|errors?)\b|^[#ℹ] fail [1-9]/;
const namesRed = /^\s*(?:not ok\b|[✖✗✘×●]|FAIL(?:ED|URE)?\b|--- FAIL|ERROR\b|\d+\) )|\bFAILED\b/;
/** After these in a line, an exit code may be another program's. */
const hidesExit = /[|;\n]/;
const naming = /\b\w*(?:Error|Exception)\b|\bpanicked\b|^E\s/;

export interface RedTests {
  /** Names and counts: not what they print, how long they take or at which lines. */
  readonly which: readonly string[];
  /** The kinds of errors that are told, without their numbers and quoted values. */
  readonly why: readonly string[];
}

/**
 * What is the same in two runs of which the same tests fail, and what shows whether they do for the same reason. `undefined` where
 * none fails: by the exit code, and where a pipe hides that, by the output.
 */
export function redTests(line: string, output: string, isError: boolean): RedTests | undefined {
  const lines = output.split("\n");
  if (!isError && !(hidesExit.test(line.trim()) && looksRed(lines))) return undefined;
  const isTelling = (it: string) => namesRed.test(it) || countsRed.test(it) || counting.test(it);
  const telling = lines.filter(isTelling).map(plain);
  return {
    // In words of a runner that nobody knows a number may be what gets better.
    which: telling.length > 0 ? distinct(telling) : lines.map(plain),
    why: distinct(lines.filter((it) => naming.test(it)).map(withoutValues)),
  };
}

/** Green tests may print errors as well: where there are counts, these tell. */
function looksRed(lines: readonly string[]): boolean {
  const counts = lines.filter((line) => counting.test(line));
  return counts.length > 0 ? counts.some((line) => countsRed.test(line)) : lines.some((line) => namesRed.test(line));
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].toSorted();
}

function withoutValues(line: string): string {
  return line
    .replaceAll(/(["'`]).*?\1/g, "")
    .replaceAll(/\d+/g, "0")
    .trim();
}

function plain(line: string): string {
  return line
    .replaceAll(/\(?\b\d+(?:\.\d+)?\s?(?:[µu]s|ms|s|sec|seconds?)\b\)?/g, "")
    .replace(/^\s*not ok \d+/, "not ok")
    .replaceAll(/:\d+/g, "")
    .trim();
}
