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

const run = {
  id: "3f2a",
  requestedBy: { login: "mona", id: 1 },
  createdAt: new Date("2026-03-04T05:06:07Z"),
};
const parts = { run, title: "Mend it", record, takenUp: new Map<string, number>() };

test("says how the run ended and what each file is", () => {
  const files = ["later.txt", "turns/code-2.jsonl", "turns/code-2.md", "ticket.md", "reports/round-2.json"];
  expect(exportIndex(parts, files)).toBe(`# Mend it

Run 3f2a for acme/shop#7: failed, 3 turns, $0.5000, 1.5 s.
Asked for by @mona at 2026-03-04 05:06 UTC.

The money ran out.

- \`ticket.md\`: what was wanted, as it was written
- \`turns/code-2.md\`: a conversation with a model, to be read
- \`turns/code-2.jsonl\`: the same for programs
- \`reports/round-2.json\`: what lint, type check and tests said in this round, on the base and with the change (evidence.schema.json)
- \`later.txt\`: more of this run

Keys and what looks like one are taken out, but for the changes themselves, which are as they were made.
`);
});

test("counts one turn as one", () => {
  expect(exportIndex({ ...parts, record: { ...record, turns: 1 } }, [])).toContain("failed, 1 turn, $0.5000");
});

test("says who worked, and what is another run's", () => {
  const told = exportIndex(
    {
      ...parts,
      record: { ...record, model: "claude/large", sandbox: "docker" },
      takenUp: new Map([
        ["triage", 1],
        ["code", 3],
      ]),
    },
    [],
  );
  expect(told).toContain(
    "UTC. claude/large worked in docker sandboxes.\n\nIt goes on with an earlier run of its ticket, ",
  );
  expect(told).toContain(
    "are here as well: 1 turn of `triage`, 3 turns of `code`. They count, and were paid, there.\n",
  );
});
