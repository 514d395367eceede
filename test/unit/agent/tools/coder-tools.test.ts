import { expect, test } from "vitest";
import { coderToolsFor } from "../../../../src/agent/tools/coder-tools.ts";
import { globToRegExp } from "../../../../src/agent/tools/glob-to-reg-exp.ts";

test.each([
  ["openai/gpt-5", "apply_patch"],
  ["openai/o4-mini", "apply_patch"],
  ["local/gpt-oss-120b", "apply_patch"],
  ["claude/claude-sonnet-4-5", "edit_file"],
  ["local/deepseek-coder", "edit_file"],
])("%s edits by %s", (model, tool) => {
  const names = coderToolsFor(model).map(({ name }) => name);
  expect(names).toEqual(["bash", "read_file", tool, "write_file", "search", "plan", "submit"]);
});

test.each([
  ["*.ts", ["./a.ts", "./b/c.ts"], ["./a.tsx", "./ats"]],
  ["src/**/*.js", ["./src/a.js", "./src/b/c.js"], ["./a.js", "./x/src/a.js"]],
  ["**/test/*", ["./test/a", "./x/test/b"], ["./test/a/b"]],
  ["*.{js,ts}", ["./a.js", "./b.ts"], ["./a.jts"]],
  ["[!a]?.md", ["./bc.md"], ["./ab.md", "./b.md"]],
  ["./a+b", ["./a+b"], ["./aab", "./x/a+b"]],
])("the glob %s means the same without ripgrep", (glob, fitting, others) => {
  const pattern = new RegExp(globToRegExp(glob));
  expect([...fitting, ...others].filter((path) => pattern.test(path))).toEqual(fitting);
});
