import { afterEach, expect, test } from "vitest";
import { listEvents } from "../../src/store/events.ts";
import { anIssue, expectNoComplaints, type Rig, startRig } from "../support/rig.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";

let rig: Rig;
afterEach(() => rig[Symbol.asyncDispose]());

const shown = (repo: { readonly owner: string; readonly name: string }, issue: number) =>
  rig.github.comments(repo, issue).map(({ body }) => body.replace(/<!--.*?-->/s, "").trim());
const build = {
  reply: {
    tool_calls: [
      { name: "bash", arguments: { command: "mkdir dist && echo 1 > dist/sum.js && echo 'Be kind.' > AGENTS.md" } },
    ],
  },
};

test("what rules hold back becomes ready when people waive it, each by their right, and no model is asked again", async () => {
  rig = await startRig({ sandbox: "process", script: { turns: [fixSum, build, handIn] } });
  const { github, model } = rig;
  const { repo, number } = await anIssue(rig, { files: smallShop });
  github.addUser("bob");
  github.setPermission(repo, "bob", "maintain");
  await github.addLabel(repo, number, "ready-for-robot", "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "needs_human" });
  const [draft] = await github.pullRequests(repo);
  expect(draft).toMatchObject({ draft: true });
  const ways = [
    "Where that is right as it is, somebody with write access comments `/robot waive stray-files -- why`.",
    "What concerns the repository itself takes somebody who may maintain it: `/robot waive robot-files -- why`.",
  ];
  for (const way of ways) {
    expect(draft?.body).toContain(`> ${way}`);
    expect(shown(repo, number)[0]).toContain(way);
  }

  await github.addComment(repo, number, "/robot waive stray-files -- @all, the site reads it", "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "needs_human" });
  const [half] = await github.pullRequests(repo);
  expect(half).toMatchObject({ number: draft?.number, draft: true });
  expect(half?.body.slice(0, half.body.indexOf("## What"))).not.toContain("stray-files");

  await github.addComment(repo, number, "/robot waive robot-files", "ada");
  await expect
    .poll(() => shown(repo, number).join("\n"), { timeout: 20_000 })
    .toContain("takes a person who may maintain it");

  await github.addComment(repo, draft?.number ?? 0, "Fine.\n\n/robot waive robot-files", "bob");
  expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });
  const [ready] = await github.pullRequests(repo);
  expect(ready).toMatchObject({ number: draft?.number, draft: false });
  // No model was asked for this, and what was asked before is still said.
  expect(ready?.body).toMatch(
    /\| none: what was done before \| 0 \| \$0\.0000 \| @bob \|\n\n.*\n.*\n\| code \| `claude\/scripted` \| 3 \|/,
  );
  const today = new Date().toISOString().slice(0, 4);
  const waived = [
    "`AGENTS.md`: this says how robots work on the repository, and the next run would go by it (`robot-files`), waived by @bob on ",
    "`dist/sum.js`: it looks generated, or copied from another project (`stray-files`), waived by @ada on ",
  ];
  for (const line of waived) {
    expect(ready?.body).toContain(`- ${line}${today}`);
    expect(shown(repo, number)[0]).toContain(`- ${line}${today}`);
  }
  expect(ready?.body).toContain(": @\u200ball, the site reads it");
  expect(ready?.body).not.toContain("[!WARNING]");

  expectNoComplaints(rig);
  expect(model.requests).toHaveLength(3);
  const [ticket] = await rig.store.db.selectFrom("tickets").select(["id", "state"]).execute();
  expect(ticket?.state).toBe("ready");
  const events = (await listEvents(rig.store.db, ticket?.id ?? "")).map(({ event }) => event);
  expect(events.filter(({ type }) => type === "waived")).toEqual([
    { type: "waived", by: "ada", rules: ["stray-files"], findings: 1, reason: "@all, the site reads it" },
    { type: "waived", by: "bob", rules: ["robot-files"], findings: 1, reason: null },
  ]);
});
