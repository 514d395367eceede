const runner =
  /\b(?:npm|pnpm|yarn|bun|deno|node|go|cargo|mvn|mvnw|gradle|gradlew|make|swift|dotnet|mix|rake|composer)\b[^|;&]*\b(?:tests?|t|verify|check)\b|\b(?:jest|vitest|mocha|ava|pytest|tox|nox|unittest|rspec|phpunit|ctest)\b|\brun[-_]?tests?\b/;

/** Whether a command line runs tests, as far as it shows. */
export function runsTests(line: string): boolean {
  return runner.test(line);
}

const failing =
  /^\s*(?:not ok\b|[✖✗✘×●]|FAIL(?:ED|URE)?\b|--- FAIL|ERROR\b|\d+\) )|\bFAILED\b|(?:^|\s)[1-9]\d* (?:failed|failing|failures?|errors?)\b|^[#ℹ] fail [1-9]/;
const counting = /(?:^|\s)\d+ (?:passed|passing|failed|failing|failures?|errors?)\b|^[#ℹ] (?:tests|pass|fail) \d/;

/**
 * What is the same in two runs of which the same tests fail: their names and the counts, and not what they print, how long they take or at which lines.
 * `undefined` where none fails. By the output too, since a pipe hides the exit code.
 */
export function redTests(output: string, isError: boolean): readonly string[] | undefined {
  const lines = output.split("\n");
  if (!isError && !lines.some((line) => failing.test(line))) return undefined;
  const telling = lines.filter((line) => failing.test(line) || counting.test(line)).map(plain);
  // In words of a runner that nobody knows a number may be what gets better.
  return telling.length > 0 ? [...new Set(telling)].toSorted() : lines.map(plain);
}

function plain(line: string): string {
  return line
    .replaceAll(/\(?\b\d+(?:\.\d+)?\s?(?:[µu]s|ms|s|sec|seconds?)\b\)?/g, "")
    .replace(/^\s*not ok \d+/, "not ok")
    .replaceAll(/:\d+/g, "")
    .trim();
}
