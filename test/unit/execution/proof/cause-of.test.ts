import { expect, test } from "vitest";
import { causeOf } from "../../../../src/execution/proof/cause-of.ts";

test.each([
  ["an error", "Error: boom\nsecond line\n    at x.js:1:2", "Error: boom"],
  [
    "jest",
    "expect(received).toBe(expected) // Object.is equality\n\nExpected: 3\nReceived: 5\n",
    "Expected: 3, received: 5",
  ],
  [
    "jest, of objects",
    'expect(received).toEqual(expected) // deep equality\n\n- Expected  - 1\n+ Received  + 1\n\n  Object {\n-   "a": 1,\n+   "a": 2,',
    'expect(received).toEqual(expected) // deep equality -   "a": 1, +   "a": 2,',
  ],
  [
    "node:assert",
    "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n+ actual - expected\n\n+ 'ab'\n- 'a'\n",
    "Expected values to be strictly equal: + 'ab' - 'a'",
  ],
  ["pytest", "def test_a():\n>   assert f() == 2\nE   assert 1 == 2\n", "assert 1 == 2"],
  [
    "Python's parser",
    'E     File "t.py", line 1\nE       x = {;\nE   SyntaxError: invalid syntax',
    "SyntaxError: invalid syntax",
  ],
  [
    "Node's parser",
    "test/b.test.js:1\nconst x = {;\n\nSyntaxError: Unexpected token ';'",
    "SyntaxError: Unexpected token ';'",
  ],
  ["nobody", "", ""],
])("why a test failed is one line of what is said by %s", (_, message, cause) => {
  expect(causeOf(message)).toBe(cause);
});
