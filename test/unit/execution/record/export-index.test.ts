import { expect, test } from "vitest";
import type { RunRecord } from "../../../../src/domain/run-record.ts";
import { exportIndex } from "../../../../src/execution/record/export-index.ts";

const record: RunRecord = {
  ticket: {
    id: "acme/shop#7",
    type: "bug",
    priority: "low",
    context: { repo: "shop", filepaths: [] },
    acceptance_criteria: [],
  },
  ...{ status: "failed", reason: "The money ran out.", pull_request: null, evidence: null, findings: [] },
  ...{ turns: 3, cost_usd: 0.5, sandbox: null, model: null, duration_ms: 1500 },
};

test("says how the run ended and what each file is", () => {
  const files = ["later.txt", "turns/code-2.jsonl", "turns/code-2.md", "ticket.md", "reports/round-2.json"];
  const said = exportIndex("3f2a", "Mend it", record, files);
  expect(said).toBe(`# Mend it

Run 3f2a for acme/shop#7: failed, 3 turns, $0.5000, 1.5 s.

The money ran out.

- \`ticket.md\`: what was wanted
- \`turns/code-2.md\`: a conversation with a model, to be read
- \`turns/code-2.jsonl\`: the same for programs
- \`reports/round-2.json\`: what lint, type check and tests said in this round, on the base and with the change
- \`later.txt\`: more of this run

Keys and what looks like one are taken out, but for the change itself, which is as it was made.
`);
});

test("counts one turn as one", () => {
  expect(exportIndex("3f2a", "Mend it", { ...record, turns: 1 }, [])).toContain("failed, 1 turn, $0.5000");
});
