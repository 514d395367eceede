import { expect, test } from "vitest";
import { listEvents } from "../../../src/store/events.ts";
import { badRig, call, draft, handedOver, label, shown, ticketState, work } from "../../support/bad-input.ts";
import { anIssue } from "../../support/rig.ts";
import { handIn, smallShop } from "../../support/small-shop.ts";

test("a label by somebody without write access is answered politely and starts nothing", async () => {
  const rig = await badRig();
  const { repo, number } = await anIssue(rig, { files: smallShop });
  rig.github.addUser("mallory");
  rig.github.setPermission(repo, "mallory", "read");

  await rig.github.addLabel(repo, number, label, "mallory");
  expect(await rig.runEnded()).toMatchObject({ status: "cancelled" });

  expect(shown(rig, repo, number)).toEqual([
    "Thank you, @mallory. The label `ready-for-robot` starts work on this repository, so it takes somebody with write access to acme/shop to set it; nothing was started. A maintainer can remove the label and add it again.",
  ]);
  expect(rig.github.reactions(repo, number)).toEqual([]);
  expect(rig.model.requests).toEqual([]);
  expect(rig.events.some(({ type }) => type === "sandbox_started")).toBe(false);
  expect(await ticketState(rig)).toBe("cancelled");

  await rig.github.removeLabel(repo, number, label, "ada");
  await rig.github.addLabel(repo, number, label, "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });
});

test("settings that cannot be read are told on the issue with line and key, and the ticket waits until they are mended", async () => {
  const rig = await badRig();
  const settings = ".github/nightshift.yml";
  const { repo, number } = await anIssue(rig, {
    files: { ...smallShop, [settings]: "setup: echo ready\ntests: npm test\n" },
  });

  await rig.github.addLabel(repo, number, label, "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "waiting" });
  expect(await ticketState(rig)).toBe("waiting");
  expect(shown(rig, repo, number)).toEqual([
    expect.stringContaining('.github/nightshift.yml:2: "tests" is not a setting here.'),
  ]);
  expect(rig.model.requests).toEqual([]);

  await rig.github.commit(repo, { message: "Mend the settings", files: { [settings]: "test: npm test\n" } });
  await rig.github.removeLabel(repo, number, label, "ada");
  await rig.github.addLabel(repo, number, label, "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });
});

test("a set-up that fails ends with its last lines on the issue, before any money is spent", async () => {
  const seen = await work({
    files: { ...smallShop, ".github/nightshift.yml": "setup: echo no such package; exit 7\n" },
  });

  expect(seen).toMatchObject(handedOver(seen.reason));
  expect(seen.reason).toContain("failed with exit code 7:\n\n```text\nno such package\n```");
  expect(seen.rig.model.requests).toEqual([]);
});

test("a change whose tests are red stays a draft", async () => {
  const wrong = call("edit_file", { path: "sum.js", old_text: "a + b, 1) - 2", new_text: "a + b, 5)" });
  const files = { ...smallShop, ".github/nightshift.yml": "max_refinements: 0\n" };
  expect(await work({ files, turns: [wrong, handIn] })).toMatchObject(
    draft("tests that fail on the base fail with this change too, and none shows that the bug is mended"),
  );
});

test("one delivery that comes twice makes one ticket, one run and one pull request", async () => {
  const rig = await badRig();
  const { repo, number } = await anIssue(rig, { files: smallShop });
  rig.github.duplicateDeliveries(1);
  const delivery = await rig.github.addLabel(repo, number, label, "ada");
  await rig.runEnded();
  expect(await rig.github.redeliver(delivery)).toMatchObject({ statusCode: 202 });

  expect(await rig.store.db.selectFrom("tickets").select("id").execute()).toHaveLength(1);
  expect(await rig.store.db.selectFrom("runs").select("id").execute()).toHaveLength(1);
  expect(await rig.github.pullRequests(repo)).toHaveLength(1);
});

test("every step of a run is in its ticket's events", async () => {
  const rig = await badRig();
  const { repo, number } = await anIssue(rig, { files: smallShop });
  await rig.github.addLabel(repo, number, label, "ada");
  await rig.runEnded();

  const { id } = await rig.store.db.selectFrom("tickets").select("id").executeTakeFirstOrThrow();
  const types = (await listEvents(rig.store.db, id)).map(({ event }) => event.type);
  expect(types).toEqual([
    "delivery_accepted",
    "ticket_queued",
    "run_started",
    "state_changed",
    "sandbox_started",
    "turn_finished",
    "tool_finished",
    "turn_finished",
    "tool_finished",
    "sandbox_removed",
    "state_changed",
    "sandbox_started",
    "tests_finished",
    "sandbox_removed",
    "sandbox_started",
    "tests_finished",
    "sandbox_removed",
    "branch_pushed",
    "pull_request_opened",
    "state_changed",
    "state_changed",
    "run_ended",
  ]);
});
