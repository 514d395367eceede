import { describe, expect, test } from "vitest";
import { countTests } from "../../../../src/execution/proof/count-tests.ts";

// What the runners really printed for one test each that passes, fails, is skipped (and is to be written).

const nodeSpec = `✔ adds (0.71276ms)
✖ subtracts (0.564677ms)
﹣ divides (0.083536ms) # SKIP
✔ multiplies (0.068222ms) # TODO
ℹ tests 4
ℹ suites 0
ℹ pass 1
ℹ fail 1
ℹ cancelled 0
ℹ skipped 1
ℹ todo 1
ℹ duration_ms 65.856531

✖ failing tests:

test at t/a.test.mjs:2:25
✖ subtracts (0.564677ms)
  AssertionError [ERR_ASSERTION]: 1 == 2
`;

const nodeTap = `# Subtest: multiplies
ok 4 - multiplies # TODO
  ---
  duration_ms: 0.138659
  type: 'test'
  ...
1..4
# tests 4
# suites 0
# pass 1
# fail 1
# cancelled 0
# skipped 1
# todo 1
# duration_ms 91.890827
`;

const nodeColoured = `\u001b[31m✖ subtracts \u001b[90m(0.780782ms)\u001b[39m\u001b[39m
\u001b[34mℹ tests 4\u001b[39m
\u001b[34mℹ suites 0\u001b[39m
\u001b[34mℹ pass 1\u001b[39m
\u001b[34mℹ fail 1\u001b[39m
\u001b[34mℹ cancelled 0\u001b[39m
\u001b[34mℹ skipped 1\u001b[39m
\u001b[34mℹ todo 1\u001b[39m
\u001b[34mℹ duration_ms 117.659099\u001b[39m
`;

const vitest = `
 ❯ a.test.mjs (4 tests | 1 failed | 1 skipped) 4ms

 Test Files  1 failed (1)
      Tests  1 failed | 1 passed | 1 skipped | 1 todo (4)
   Start at  06:36:11
   Duration  216ms (transform 59%, import 28%, tests 9%, worker 4%)
`;

const vitestColoured = `\u001b[2m Test Files \u001b[22m \u001b[1m\u001b[31m1 failed\u001b[39m\u001b[22m\u001b[90m (1)\u001b[39m
\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[31m1 failed\u001b[39m\u001b[22m\u001b[2m | \u001b[22m\u001b[1m\u001b[32m1 passed\u001b[39m\u001b[22m\u001b[2m | \u001b[22m\u001b[33m1 skipped\u001b[39m\u001b[2m | \u001b[22m\u001b[90m1 todo\u001b[39m\u001b[90m (4)\u001b[39m
\u001b[2m   Start at \u001b[22m 06:36:12
`;

const jest = `FAIL ./a.test.js
  sums
    ✓ adds (1 ms)
    ✕ subtracts (1 ms)
    ○ skipped divides

Test Suites: 1 failed, 1 total
Tests:       1 failed, 1 skipped, 1 passed, 3 total
Snapshots:   0 total
Time:        0.266 s
Ran all test suites matching a.test.js.
`;

const jestColoured = `\u001b[1mTest Suites: \u001b[22m\u001b[1m\u001b[31m1 failed\u001b[39m\u001b[22m, 1 total
\u001b[1mTests:       \u001b[22m\u001b[1m\u001b[31m1 failed\u001b[39m\u001b[22m, \u001b[1m\u001b[33m1 skipped\u001b[39m\u001b[22m, \u001b[1m\u001b[32m1 passed\u001b[39m\u001b[22m, 3 total
\u001b[1mSnapshots:   \u001b[22m0 total
`;

const mocha = `
  sums
    ✔ adds
    1) subtracts
    - divides


  1 passing (2ms)
  1 pending
  1 failing

  1) sums
       subtracts:

      AssertionError [ERR_ASSERTION]: 1 == 2
`;

const mochaColoured = `\u001b[92m \u001b[0m\u001b[32m 1 passing\u001b[0m\u001b[90m (3ms)\u001b[0m
\u001b[36m \u001b[0m\u001b[36m 1 pending\u001b[0m
\u001b[31m  1 failing\u001b[0m
`;

const pytest = `=========================== short test summary info ============================
FAILED test_a.py::test_b - assert 1 == 2
ERROR test_a.py::test_e - ValueError: x
========== 1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error in 0.76s ==========
`;

const pytestQuiet = `FAILED test_a.py::test_b - assert 1 == 2
ERROR test_a.py::test_e - ValueError: x
1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error in 0.75s
`;

const pytestColoured =
  "\u001b[31m========== \u001b[31m\u001b[1m1 failed\u001b[0m, \u001b[32m1 passed\u001b[0m, \u001b[33m1 skipped\u001b[0m, \u001b[33m1 xfailed\u001b[0m, \u001b[31m\u001b[1m1 error\u001b[0m\u001b[31m in 0.68s\u001b[0m\u001b[31m ==========\u001b[0m\n";

const cargo = `running 3 tests
test tests::ig ... ignored
test tests::ok ... ok
test tests::no ... FAILED

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s

error: test failed, to rerun pass \`--lib\`
     Running tests/i.rs (target/debug/deps/i-f14a5434302b0e0e)

running 1 test
test it ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests c

running 1 test
test src/lib.rs - f (line 1) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
`;

describe("the totals are read as they are printed by", () => {
  test.each([
    ["node:test", nodeSpec, { passed: 1, failed: 1, skipped: 2 }],
    ["node:test as TAP", nodeTap, { passed: 1, failed: 1, skipped: 2 }],
    ["node:test in colour", nodeColoured, { passed: 1, failed: 1, skipped: 2 }],
    ["vitest", vitest, { passed: 1, failed: 1, skipped: 2 }],
    ["vitest in colour", vitestColoured, { passed: 1, failed: 1, skipped: 2 }],
    ["jest", jest, { passed: 1, failed: 1, skipped: 1 }],
    ["jest in colour", jestColoured, { passed: 1, failed: 1, skipped: 1 }],
    ["mocha", mocha, { passed: 1, failed: 1, skipped: 1 }],
    ["mocha in colour", mochaColoured, { passed: 1, failed: 1, skipped: 1 }],
    ["pytest", pytest, { passed: 1, failed: 2, skipped: 1 }],
    ["pytest --quiet", pytestQuiet, { passed: 1, failed: 2, skipped: 1 }],
    ["pytest in colour", pytestColoured, { passed: 1, failed: 2, skipped: 1 }],
    ["cargo, summed over its test programs", cargo, { passed: 3, failed: 1, skipped: 1 }],
  ])("%s", (_, output, counts) => {
    expect(countTests(output)).toEqual(counts);
    expect(countTests(output.replaceAll("\n", "\r\n"))).toEqual(counts);
  });
});

test("a test that was cancelled counts as failed", () => {
  expect(countTests("# pass 3\n# fail 0\n# cancelled 2\n")).toEqual({ passed: 3, failed: 2, skipped: 0 });
});

test("all green is counted too", () => {
  expect(countTests("      Tests  12 passed (12)\n")).toEqual({ passed: 12, failed: 0, skipped: 0 });
  expect(countTests("Tests:       12 passed, 12 total\n")).toEqual({ passed: 12, failed: 0, skipped: 0 });
  expect(countTests("============================== 5 passed, 1 warning in 75.30s (0:01:15) ===\n")).toEqual({
    passed: 5,
    failed: 0,
    skipped: 0,
  });
});

test("the summaries of a monorepo's packages add up, also of several runners", () => {
  const node = "ℹ pass 1\nℹ fail 2\nℹ skipped 1\n…\nℹ pass 7\nℹ fail 0\nℹ skipped 0\n";
  expect(countTests(node)).toEqual({ passed: 8, failed: 2, skipped: 1 });
  const mixed = `${node}\nTests:       1 failed, 3 passed, 4 total\n\nTests:       2 passed, 2 total\n\n  4 passing (3ms)\n  1 failing\n`;
  expect(countTests(mixed)).toEqual({ passed: 17, failed: 4, skipped: 1 });
});

test("words of a summary elsewhere do not hide it", () => {
  const output = `${vitest}\nTests 2 of the shop are slow\n`;
  expect(countTests(output)).toEqual({ passed: 1, failed: 1, skipped: 2 });
});

test.each([
  ["nothing", ""],
  ["something else", "Compiling…\nDone in 3 s.\n"],
  ["go, which prints none", "ok  \texample.com/shop\t0.003s\n--- FAIL: TestCart (0.00s)\nFAIL\n"],
  ["a runner that found no tests", "no tests ran in 0.01s\n"],
  ["a runner that left all out", "============================ 5 deselected in 0.62s =============================\n"],
  ["words about tests", "All tests passed, 3 passing thoughts, # pass me the salt\n"],
])("of %s there are no totals", (_, output) => {
  expect(countTests(output)).toBeNull();
});
