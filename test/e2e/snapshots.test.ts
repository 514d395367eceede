import Docker from "dockerode";
import { afterEach, describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/domain/event.ts";
import { installationName } from "../../src/store/installation.ts";
import { anIssue, expectNoComplaints, type Rig, startRig } from "../support/rig.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";
import { workOf } from "../support/work-of.ts";

// It writes down how often it ran and with which lock file.
const setup = "mkdir -p node_modules && echo ran >>node_modules/runs && cp lock.txt node_modules/lock";
const files = {
  ...smallShop,
  "lock.txt": "one\n",
  ".github/nightshift.yml": `setup: ${setup}\ntest: test -f node_modules/lock && node --test\n`,
};
const look = {
  reply: {
    tool_calls: [{ name: "bash", arguments: { command: "paste -sd ' ' node_modules/runs node_modules/lock" } }],
  },
};
const moveLock = { reply: { tool_calls: [{ name: "bash", arguments: { command: "echo two >lock.txt" } }] } };

/** Solves the small shop, and complains when the coder's sandbox was not set up like that. */
const solving = (title: string, ...seen: readonly string[]) => ({
  when: { first_includes: [`\n${title}\n`] },
  turns: [look, { ...fixSum, expect: { last_includes: [seen.join("\n")] } }, handIn],
});

describe.skipIf(!(await dockerForTests()))("the second ticket on a repository", () => {
  let rig: Rig;
  afterEach(() => rig[Symbol.asyncDispose]());

  async function afterFirst(...second: readonly string[]) {
    const conversations = [
      solving("First", "ran", "one"),
      solving("Second", ...second),
      solving("Third", "ran", "one"),
      { when: { first_includes: ["\nFourth\n"] }, turns: [fixSum, moveLock, handIn] },
    ];
    rig = await startRig({ sandbox: "docker", script: { conversations } });
    const { repo, number } = await anIssue(rig, { files, title: "First" });
    const label = async (issue: number) => {
      const before = rig.events.length;
      await rig.github.addLabel(repo, issue, "ready-for-robot", "ada");
      expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });
      return rig.events.slice(before);
    };
    const first = await label(number);
    const solve = async (title: string) => {
      const { number } = await rig.github.openIssue(repo, {
        by: "ada",
        title,
        body: "As in the first issue: `sum([1, 2])` is 2.",
      });
      return await label(number);
    };
    const push = (files: Record<string, string>) => rig.github.commit(repo, { message: "More", files, by: "ada" });
    return { repo, first, solve, push };
  }

  test("starts from the snapshot of the first and runs no set-up, though the branch has moved", async () => {
    const { repo, first, solve, push } = await afterFirst("ran", "one");
    expect(workOf(first)).toEqual({ from: "scratch", setups: 1 });
    await push({ "new file\nä.js": "export {};\n" });
    const second = await solve("Second");
    expect(workOf(second)).toEqual({ from: "snapshot", setups: 0 });
    expectNoComplaints(rig);
    // Evidence rests on no set-up of another commit: the first snapshot is of the first base, and of nothing else.
    expect([first, second].map(setupsOfEvidence)).toEqual([1, 2]);
    const [, pull] = await rig.github.pullRequests(repo);
    // Nothing of the set-up and of the difference is taken for the coder's work.
    expect(await rig.git(repo, "diff", "--name-only", "main", pull?.headSha ?? "")).toBe("sum.js\n");
  });

  test("finds a container that waits, and none is left when the worker has stopped", async () => {
    const { solve } = await afterFirst("ran", "one");
    expect(workOf(await solve("Second"))).toEqual({ from: "snapshot", setups: 0 });
    const owner = await installationName(rig.store.db);
    const filters = { label: [`nightshift.owner=${owner}`] };
    const waiting = () => new Docker().listContainers({ filters });
    await expect.poll(waiting, { timeout: 20_000 }).toMatchObject([{ Labels: { "nightshift.purpose": "pool" } }]);
    await rig.stopWorker();
    expect(await new Docker().listContainers({ all: true, filters })).toEqual([]);
  });

  test("is verified from scratch when its change is to a file that the set-up goes by", async () => {
    const { solve } = await afterFirst("ran", "one");
    const second = await solve("Fourth");
    expect(workOf(second)).toEqual({ from: "snapshot", setups: 0 });
    // The base's from the snapshot; the head's was to be and was given up for one of its own.
    expect(evidenceOf(second)).toEqual(["snapshot", "snapshot", "scratch"]);
    expectNoComplaints(rig);
  });

  test("runs the set-up on top of the older snapshot when a file that it goes by has changed", async () => {
    const { solve, push } = await afterFirst("ran", "two");
    await push({ "lock.txt": "two\n" });
    expect(workOf(await solve("Second"))).toEqual({ from: "older snapshot", setups: 1 });
    expectNoComplaints(rig);
  });

  test("starts from scratch, with a warning, when the snapshot is broken, and mends it", async () => {
    const { solve, push } = await afterFirst("ran", "one");
    await breakSnapshots();
    await push({ "more.js": "export {};\n" });
    const second = await solve("Second");
    expect(workOf(second)).toEqual({ from: "scratch", setups: 1 });
    expect(second.find(({ type }) => type === "warned")).toMatchObject({
      message: expect.stringMatching(/^A snapshot of \w{12} is dropped: git failed in the sandbox/),
    });
    expect(workOf(await solve("Third"))).toEqual({ from: "snapshot", setups: 0 });
    expectNoComplaints(rig);
  });

  async function breakSnapshots() {
    const engine = new Docker();
    const owner = await installationName(rig.store.db);
    for (const { RepoTags } of await engine.listImages({ filters: { label: [`nightshift.snapshot=${owner}`] } })) {
      const [repo, tag] = (RepoTags?.[0] ?? "").split(":");
      const container = await engine.createContainer({
        Image: `${repo}:${tag}`,
        User: "0",
        Entrypoint: ["rm", "-rf", "/workspace/.git"],
      });
      await container.start();
      await container.wait();
      await container.commit({ repo, tag });
      await container.remove();
    }
  }
});

function setupsOfEvidence(events: readonly RunEvent[]): number {
  return events.filter(({ type }) => type === "setup_finished").length - workOf(events).setups;
}

/** How the sandboxes of the evidence began. */
function evidenceOf(events: readonly RunEvent[]) {
  return events.flatMap((event) =>
    event.type === "sandbox_started" && event.purpose === "verify" ? [event.from] : [],
  );
}
