import { afterEach, expect, test } from "vitest";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import { anIssue, expectNoComplaints, type Rig, startRig } from "../support/rig.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";

let rig: Rig;
afterEach(() => rig[Symbol.asyncDispose]());

// At $15 for a million tokens, the first answer costs $0.30.
const dearFix = { reply: { ...fixSum.reply, usage: { input: 0, output: 20_000 } } };
const look = { reply: { tool_calls: [{ name: "bash", arguments: { command: "git diff HEAD" } }] } };
const script: ModelScript = {
  conversations: [
    {
      when: { first_includes: ["An earlier run has begun this ticket.", "does not cover another call"] },
      turns: [
        look,
        {
          ...handIn,
          expect: { last_includes: ["+export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);"] },
        },
      ],
    },
    { turns: [dearFix] },
  ],
};

const shown = (repo: Awaited<ReturnType<typeof anIssue>>["repo"], issue: number) =>
  rig.github.comments(repo, issue).map(({ body }) => body.replace(/<!--.*?-->/s, "").trim());

test("a budget that ends leaves a draft and says how to go on, and a writer's word lets the work be finished", async () => {
  rig = await startRig({ script, sandbox: "process", settings: { budget: { ticket_usd: 0.5 } } });
  const { github } = rig;
  const { repo, number } = await anIssue(rig, { files: smallShop });
  await github.addLabel(repo, number, "ready-for-robot", "ada");

  expect(await rig.runEnded()).toMatchObject({ status: "needs_human" });
  const [draft] = await github.pullRequests(repo);
  expect(draft).toMatchObject({ draft: true });
  const wayOut = "the ticket's budget of $0.50 does not cover another call ($0.3000 spent or reserved, up to $";
  const spent = "$0.3000 of the $0.50 that this ticket may cost.";
  for (const told of [draft?.body ?? "", shown(repo, number)[0] ?? ""]) {
    expect(told).toContain(wayOut);
    expect(told).toContain("comment `/robot budget 1` to go on from here");
    expect(told).toContain(spent);
  }

  github.addUser("mallory");
  await github.addComment(repo, draft?.number ?? 0, "/robot budget 50", "mallory");
  const refusal = await github.until(() => shown(repo, draft?.number ?? 0)[1]);
  expect(refusal).toBe("Thank you, @mallory. Commands to the robot take write access to acme/shop; nothing was done.");
  expect(rig.model.requests).toHaveLength(1);

  const said = await github.addComment(repo, number, "Go on, please.\n\n/robot budget 10", "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });

  expectNoComplaints(rig);
  const [pull, ...others] = await github.pullRequests(repo);
  expect(others).toEqual([]);
  expect(pull).toMatchObject({ number: draft?.number, draft: false });
  expect(pull?.body).toMatch(/\$0\.3\d+ of the \$10\.00 /);
  expect(pull?.body).toMatch(/\| Base \| \w{12} \| `npm test` \| 🔴 failed/);
  expect(await rig.git(repo, "rev-list", "--count", `main..${pull?.headSha}`)).toBe("1\n");
  const seen = github.comments(repo, number).find(({ id }) => id === said.id);
  expect(seen?.reactions).toEqual(["+1"]);
});
