import { posix } from "node:path";
import type { FileDiff } from "../../domain/diff.ts";

/** How tests are written in a language, line by line. */
export interface TestLanguage {
  /** A line that begins a test. */
  readonly test: RegExp;
  /** Its name, on that line or one of the next. */
  readonly name: RegExp;
  readonly assertion: RegExp;
  /** A line that switches tests off, or all others. */
  readonly skip: RegExp;
  /** One that does so under a condition that stands on it. */
  readonly skipIf?: RegExp;
}

const quoted = /["'`](.+?)["'`]/;
const jvm: TestLanguage = {
  test: /^\s*@(?:Test|ParameterizedTest|RepeatedTest|TestFactory)\b/,
  name: /\b(?:void|fun|def)\s+(`[^`]+`|\w+)\s*\(/,
  assertion: /\b(?:assert|verify|expect|check|should|fail)\w*\s*[({]|\.should\w*/,
  skip: /^\s*@(?:Disabled|Ignore)(?:\(|\b\s*$)|\bassume(?:True\(\s*false|False\(\s*true)/,
  skipIf: /^\s*@(?:Disabled|Enabled)(?:On|If|For)\w*|\bassume(?:True|False|That)\(/,
};
const js: TestLanguage = {
  test: /^\s*(?:await\s+)?(?:[xf]?(?:it|test|specify)|t\.test|Deno\.test)(?:\.\w+)*\s*[(`]/,
  name: quoted,
  assertion:
    /\b(?:expect|assert|should|verify|check)\w*\s*[.(]|\b(?:expect|assert)\s*$|\bt\.(?:is|ok|equal|same|deep|throws|true|false|not|like)\w*\(/,
  skip: /^\s*(?:await\s+)?(?:(?:it|test|describe|context|suite|specify|bench)(?:\.\w+)*\.(?:skip|only|fixme|fails)\b(?!If)|x(?:it|test|describe|context|specify)\s*[.(]|f(?:it|describe|context)\s*\(\s*["'`]|this\.skip\(|t\.skip\()|^\s*(?:await\s+)?(?:it|test|describe)\(.*\{\s*(?:skip|only|todo):\s*(?:true|["'`])/,
  skipIf: /\.(?:skipIf|runIf)\(|\?\s*(?:it|test|describe)\.skip\b/,
};
const languages: Readonly<Record<string, TestLanguage>> = {
  js,
  py: {
    test: /^\s*(?:async\s+)?def\s+test\w*/,
    name: /\bdef\s+(\w+)/,
    assertion: /\bassert\b|\.assert\w+\(|\bpytest\.(?:raises|warns|fail)|\b(?:expect|assert|check|verify)\w*\(/,
    skip: /^\s*@(?:pytest\.mark\.(?:skip|xfail)|(?:unittest\.)?(?:skip|expectedFailure))(?:\(|\s*$)|^\s*(?:pytest\.(?:skip|xfail)\(|self\.skipTest\(|raise\s+(?:unittest\.)?SkipTest|pytestmark\s*=.*(?:skip|xfail)\b(?!if)|__test__\s*=\s*False|collect_ignore)/,
    skipIf: /^\s*@(?:pytest\.mark\.skipif|(?:unittest\.)?skip(?:If|Unless))\(/,
  },
  go: {
    test: /^func\s+(?:Test|Fuzz|Example)\w*\(|^\s*t\.Run\(/,
    name: /func\s+(\w+)|"(.+?)"/,
    assertion:
      /\bt\.(?:Error|Fatal|Fail)\w*\(|\b(?:assert|require|is)\.\w+\(|\b(?:assert|require|expect|check|verify)\w*\(/,
    skip: /^\s*[tb]\.(?:Skip|Skipf|SkipNow)\(|^\/\/go:build\s+ignore/,
  },
  rs: {
    test: /^\s*#\[(?:\w+::)*(?:test|rstest)\b/,
    name: /\bfn\s+(\w+)/,
    assertion: /\b(?:debug_)?assert\w*!|\bpanic!|\b(?:assert|expect|check|verify)\w*\(|should_panic/,
    skip: /^\s*#\[ignore\b/,
    skipIf: /^\s*#\[cfg_attr\(.*ignore/,
  },
  jvm,
  cs: {
    test: /^\s*\[(?:Fact|Theory|Test|TestMethod|DataTestMethod|TestCase)\b/,
    name: /\b(?:void|Task)\s+(\w+)\s*\(/,
    assertion: /\bAssert\w*\.|\.Should\(|\b(?:Assert|Verify|Check|Expect)\w*\(/,
    skip: /^\s*\[(?:Fact|Theory)\(.*\bSkip\s*=|^\s*\[Ignore\b|\bAssert\.(?:Ignore|Inconclusive)\(/,
  },
  rb: {
    test: /^\s*(?:[xf]?(?:it|specify|scenario|example|test)\s*(?:\(\s*)?["']|def\s+test_\w+)/,
    name: /["'](.+?)["']|def\s+(\w+)/,
    assertion: /\b(?:assert|refute|expect)\w*\b|\.(?:must|wont|should)\w*|\b(?:verify|check)\w*\(/,
    skip: /^\s*(?:[xf](?:it|describe|context|specify|scenario|example)\b|(?:skip|pending)\b(?!\s*[.=])|(?:it|describe|context)\b.*(?:,\s*:(?:skip|focus|pending)|\b(?:skip|focus|pending):\s*(?!false))|.*\bdef\s+xtest_)/,
  },
  php: {
    test: /\bfunction\s+test\w*|^\s*#\[Test\]|^\s*\*\s*@test\b|^\s*(?:it|test)\(\s*['"]/,
    name: /function\s+(\w+)|['"](.+?)['"]/,
    assertion: /\b(?:assert|expect|verify|check)\w*\(/,
    skip: /\bmarkTest(?:Skipped|Incomplete)\(|->(?:skip|only|todo)\(/,
  },
  swift: {
    test: /\bfunc\s+test\w*\(|^\s*@Test\b/,
    name: /\bfunc\s+(\w+)/,
    assertion: /\bXCT\w+\(|#expect|#require|\b(?:assert|expect|verify|check)\w*\(/,
    skip: /\bthrow\s+XCTSkip\(|@Test\(.*\.disabled\(|\bfunc\s+(?:x|disabled_?)test\w*\(/,
    skipIf: /\bXCTSkip(?:If|Unless)\(/,
  },
  ex: {
    test: /^\s*test\s+"/,
    name: quoted,
    assertion: /\b(?:assert|refute)\w*\b/,
    skip: /^\s*@(?:module|describe)?tag\s+(?::skip|skip:)/,
  },
  cpp: {
    test: /^\s*(?:TEST(?:_F|_P)?|TEST_CASE|SCENARIO)\s*\(/,
    name: /\(([^)]*)\)/,
    assertion: /\b(?:ASSERT|EXPECT|REQUIRE|CHECK)\w*\s*\(|\bassert\(/,
    skip: /\bGTEST_SKIP\(|^\s*TEST\w*\(.*\bDISABLED_/,
  },
  dart: { ...js, skip: /\bskip:\s*(?:true|['"])|^\s*@Skip\b/, name: quoted },
};

const byExtension: Readonly<Record<string, string>> = {
  ...{ ".js": "js", ".mjs": "js", ".cjs": "js", ".jsx": "js", ".ts": "js", ".mts": "js", ".cts": "js", ".tsx": "js" },
  ...{ ".vue": "js", ".svelte": "js", ".py": "py", ".go": "go", ".rs": "rs", ".cs": "cs", ".rb": "rb", ".php": "php" },
  ...{ ".java": "jvm", ".kt": "jvm", ".kts": "jvm", ".scala": "jvm", ".groovy": "jvm", ".swift": "swift" },
  ...{ ".ex": "ex", ".exs": "ex", ".c": "cpp", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".dart": "dart" },
};

export function isSource(path: string): boolean {
  return posix.extname(path) in byExtension;
}

const testPath =
  /(?:^|\/)(?:tests?|__tests__|specs?|e2e|cypress|integration[-_]tests?)\/|(?:^|\/)(?:test_[^/]*|conftest)\.py$|[._-](?:tests?|spec|e2e|cy)\.[a-z]+$|(?:Tests?|Spec|IT)\.(?:java|kt|scala|groovy|cs|swift|php)$|_(?:test|spec)\.[a-z]+$/;

/** By its name: one that a test runner would take, or a part of one. */
export function isTestPath(path: string): boolean {
  return isSource(path) && testPath.test(path);
}

/** How tests would be written in this file; `undefined` where it can hold none. In Rust they stand beside the code. */
export function testLanguageOf({ path, from }: Pick<FileDiff, "path" | "from">): TestLanguage | undefined {
  const isTest = isTestPath(path) || (from !== null && isTestPath(from)) || path.endsWith(".rs");
  return isTest ? languages[byExtension[posix.extname(path)] ?? ""] : undefined;
}

/** What a file is about, by its name: `cart` of `cart.test.ts`, `test_cart.py` and `cart.ts` alike. */
export function stemOf(path: string): string {
  const name = posix.basename(path).replace(/\.\w+$/, "");
  return name.replace(/^test_|[._-](?:tests?|spec|e2e|cy)$|(?:Tests?|Spec|IT)$/g, "").toLowerCase();
}
