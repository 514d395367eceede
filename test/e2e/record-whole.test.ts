import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { TurnScript } from "../../src/playground/model/model-script.ts";
import { findLatestRun } from "../../src/store/runs.ts";
import { startNightshift } from "../support/nightshift-command.ts";
import { anIssue, type Rig, startRig } from "../support/rig.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";

const schemas = join(import.meta.dirname, "../../schemas");
const secret = `ghp_${"0123456789".repeat(4)}`;
const call = (name: string, args: Record<string, unknown>): TurnScript => ({
  reply: { tool_calls: [{ name, arguments: args }] },
});

let parts: AsyncDisposableStack;
beforeEach(() => {
  parts = new AsyncDisposableStack();
});
afterEach(() => parts.disposeAsync());

/** The newest run's record as files, and what `replay` says of it. */
async function exported(rig: Rig) {
  const cwd = await mkdtemp(join(tmpdir(), "nightshift-record-"));
  parts.defer(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, "nightshift.yaml"), JSON.stringify({ data_dir: rig.configuration.settings.data_dir }));
  const { id } = await findLatestRun(rig.store.db);
  const env = {
    ...{ DATABASE_URL: rig.store.url, GHE_HOST: new URL(rig.github.url).host, GHE_PROTOCOL: "http" },
  };
  const ended = await startNightshift(["logs", id, "--export", "record"], { cwd, env }).ended;
  expect(ended.code, ended.stderr).toBe(0);
  const folder = join(cwd, "record");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries.flatMap((it) => (it.isFile() ? [join(it.parentPath, it.name).slice(folder.length + 1)] : []));
  const read = (name: string) => readFile(join(folder, name), "utf8");
  const index = await read("README.md");
  for (const name of names) {
    if (name !== "README.md") expect(index).toContain(`- \`${name}\`: `);
    // The change itself is as it was made.
    expect(await read(name)).not.toContain(secret);
  }
  expect(index).not.toContain("more of this run");
  return { id, names: names.toSorted(), read, replayed: await startNightshift(["replay", id], { cwd, env }).ended };
}

/** The file is what its schema in `schemas/` says. */
async function fits(text: string, name: string): Promise<void> {
  const schema = JSON.parse(await readFile(join(schemas, `${name}.schema.json`), "utf8"));
  expect(z.fromJSONSchema(schema).safeParse(JSON.parse(text)), name).toMatchObject({ success: true });
}

test("a run that was judged, planned, asked about and refined tells all of it, each file by its schema", async () => {
  const judge = {
    reply: { answer: { type: "bug", complexity: 0.2, reason: "One place.", acceptance_criteria: ["It is 3"] } },
  };
  const plan = call("submit", { goal: "Begin the sum at zero.", steps: [{ what: "Change the start." }] });
  const wrong = call("bash", { command: `sed -i 's/a + b, 1) - 2/a + b, 3)/' sum.js; echo ${secret}` });
  const mend = call("bash", { command: "sed -i 's/a + b, 3)/a + b, 0)/' sum.js" });
  const [submit] = handIn.reply.tool_calls ?? [];
  const checked = [{ criterion: "It is 3", how: "node --test" }];
  const whole = call("submit", { ...Object(submit?.arguments), checked });
  const rig = parts.use(
    await startRig({
      sandbox: "process",
      script: {
        conversations: [
          { when: { system_includes: ["You judge tickets"] }, turns: [judge] },
          { when: { first_includes: ['source="your summary"'] }, turns: [mend, whole] },
          {
            when: { first_includes: ["Begin the sum at zero"] },
            turns: [wrong, call("ask_human", { question: "Is an empty sum 0?" }), whole],
          },
          { turns: [plan] },
        ],
      },
    }),
  );
  const says = { ".github/nightshift.yml": "plan: always\ntriage: always\n" };
  const { repo, number } = await anIssue(rig, { files: { ...smallShop, ...says } });
  await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "waiting" });
  await rig.github.addComment(repo, number, "Yes.", "ada");
  expect([await rig.runEnded(), rig.model.complaints]).toMatchObject([{ status: "succeeded" }, []]);

  const { id, names, read, replayed } = await exported(rig);
  expect(names).toEqual([
    ...["README.md", "change.bundle", "change.diff", "changes/round-1.diff", "changes/round-2.diff", "cost.json"],
    ...["events.jsonl", "plan.json", "pull-request.md", "reports/round-1.json", "reports/round-2.json"],
    ...["run-record.json", "settings.json", "steps.jsonl", "test_report.json", "ticket.json", "ticket.md"],
    ...["code-2.jsonl", "code-2.md", "code.jsonl", "code.md", "plan.jsonl", "plan.md", "triage.jsonl", "triage.md"].map(
      (name) => `turns/${name}`,
    ),
  ]);
  for (const name of ["ticket", "plan", "run-record"]) await fits(await read(`${name}.json`), name);
  await fits(await read("settings.json"), "repository-settings");
  await fits(await read("test_report.json"), "test-report");
  for (const round of [1, 2]) await fits(await read(`reports/round-${round}.json`), "evidence");

  expect(JSON.parse(await read("ticket.json"))).toMatchObject({ acceptance_criteria: ["It is 3"] });
  expect(JSON.parse(await read("settings.json"))).toMatchObject({ plan: "always" });
  expect(await read("changes/round-1.diff")).toContain(
    "+export const sum = (numbers) => numbers.reduce((a, b) => a + b, 3)",
  );
  expect(await read("changes/round-2.diff")).toBe(await read("change.diff"));
  expect(await read("pull-request.md")).toMatch(/^# fix: Add up from zero\n\n.*## What/s);
  expect(await read("README.md")).toContain(
    "are here as well: 1 turn of `triage`, 1 turn of `plan`, 2 turns of `code`.",
  );
  const lines: unknown = JSON.parse(await read("cost.json"));
  const cost = z.array(z.object({ step: z.string(), calls: z.number(), cost_usd: z.number() })).parse(lines);
  expect(cost.map(({ step, calls }) => [step, calls])).toEqual([
    ["code", 1],
    ["code 2", 2],
  ]);
  const record = z.object({ cost_usd: z.number() }).parse(JSON.parse(await read("run-record.json")));
  expect(record.cost_usd).toBeCloseTo(
    cost.reduce((sum, line) => sum + line.cost_usd, 0),
    10,
  );
  // Also where its second sandbox had another name.
  expect(replayed).toMatchObject({
    code: 0,
    stdout: [
      `Run ${id}`,
      ...["triage: 1 turn", "plan: 1 turn", "code: 3 turns", "code 2: 2 turns"].map(
        (it) => `${it}, asked the same today.\n`,
      ),
    ]
      .join("\n")
      .replaceAll("\n\n", "\n"),
  });
});

test("a run that a person stops tells what it had come to, and where that is", async () => {
  const rig = parts.use(
    await startRig({ sandbox: "process", script: { turns: [fixSum, { ...handIn, fault: { delay_ms: 60_000 } }] } }),
  );
  const { repo, number } = await anIssue(rig, { files: smallShop });
  const acted = rig.next("tool_finished");
  await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
  await acted;
  await rig.github.addComment(repo, number, "/robot stop", "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "cancelled" });

  const { names, read } = await exported(rig);
  expect(names).toEqual(expect.arrayContaining(["change.bundle", "change.diff"]));
  expect(names).not.toContain("test_report.json");
  expect(await read("change.diff")).toContain("+export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);");
  await fits(await read("run-record.json"), "run-record");
  const branch = Object.keys(await rig.github.refs(repo))
    .find((ref) => !ref.endsWith("/main"))
    ?.slice("refs/heads/".length);
  expect(JSON.parse(await read("run-record.json"))).toMatchObject({
    status: "cancelled",
    pull_request: { number: null, branch, url: branch, draft: true },
  });
});
