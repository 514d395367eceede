import { expect, test } from "vitest";
import { plan } from "../../../../src/domain/plan.ts";
import { planLines } from "../../../../src/execution/planning/plan-lines.ts";
import { saidInLine } from "../../../../src/execution/wording/said.ts";

test("a plan on the issue says goal, steps with their files, tests, risks and questions, and calls nobody", () => {
  const made = plan.parse({
    goal: "Shares add up.\n# Not a title",
    steps: [{ what: "Round once", files: ["src/`split`.js", "a.js"] }, { what: "Ask @ada" }],
    tests: ["three people share a cent"],
    questions: ["Who gets the <b>cent</b>?"],
  });
  expect(planLines(made, saidInLine).join("\n")).toMatchInlineSnapshot(`
    "Shares add up. # Not a title

    1. Round once (\`src/'split'.js\`, \`a.js\`)
    2. Ask @​ada

    **Tests**

    - three people share a cent

    **Open questions**

    - Who gets the <​b>cent<​/b>?"
  `);
});
