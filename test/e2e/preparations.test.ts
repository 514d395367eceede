import { join } from "node:path";
import Docker from "dockerode";
import { sql } from "kysely";
import { afterEach, describe, expect, test } from "vitest";
import { preparationsName, sendPreparation } from "../../src/queue/queue.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { installationName } from "../../src/store/installation.ts";
import { isInUse } from "../../src/store/preparations.ts";
import { anIssue, expectNoComplaints, type Rig, startRig } from "../support/rig.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";
import { workOf } from "../support/work-of.ts";
import { startWorkerProcess } from "../support/worker-process.ts";

const files = {
  ...smallShop,
  "lock.txt": "one\n",
  ".github/nightshift.yml":
    "setup: mkdir -p node_modules && cp lock.txt node_modules/lock\ntest: cmp lock.txt node_modules/lock && node --test\n",
};
const solve = { turns: [fixSum, handIn] };

describe.skipIf(!(await dockerForTests()))("a snapshot that is prepared when the default branch moves", () => {
  let rig: Rig;
  afterEach(() => rig[Symbol.asyncDispose]());

  /** As if the quiet minute after a push had passed; settles when all that waits is done. */
  async function minutePassed() {
    await sql`update pgboss.job set start_after = now() where name = ${preparationsName}`.execute(rig.store.db);
    const states = async () => (await rig.queue.boss.findJobs(preparationsName, {})).map(({ state }) => state);
    await expect.poll(async () => new Set(await states()), { timeout: 90_000 }).toEqual(new Set(["completed"]));
  }

  const keptOf = async () => {
    const filters = { label: [`nightshift.snapshot=${await installationName(rig.store.db)}`] };
    return (await new Docker().listImages({ filters })).length;
  };

  test("is there for the next ticket, whose work begins without a set-up", async () => {
    const conversations = ["First", "Second"].map((title) => ({ when: { first_includes: [title] }, ...solve }));
    rig = await startRig({ sandbox: "docker", script: { conversations } });
    const { repo, number } = await anIssue(rig, { files, title: "First" });
    const push = (files: Record<string, string>) => rig.github.commit(repo, { message: "More", files, by: "ada" });
    const label = async (issue: number) => {
      const before = rig.events.length;
      await rig.github.addLabel(repo, issue, "ready-for-robot", "ada");
      expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });
      return rig.events.slice(before);
    };
    // Nobody has asked for anything here yet.
    await push({ "early.js": "export {};\n" });
    expect(await rig.queue.boss.findJobs(preparationsName, {})).toEqual([]);
    expect(workOf(await label(number))).toEqual({ from: "scratch", setups: 1 });
    expect(await keptOf()).toBe(1);

    await push({ "lock.txt": "two\n" });
    await push({ "lock.txt": "three\n" });
    await minutePassed();
    expect(await keptOf()).toBe(2);
    // What is there already is not made again.
    await push({ "other.js": "export {};\n" });
    await minutePassed();
    expect(await keptOf()).toBe(2);

    const { number: second } = await rig.github.openIssue(repo, {
      by: "ada",
      title: "Second",
      body: "As in the first issue: `sum([1, 2])` is 2.",
    });
    expect(workOf(await label(second))).toEqual({ from: "snapshot", setups: 0 });
    expectNoComplaints(rig);
    expect(await rig.github.comments(repo, number)).toHaveLength(1);
  });

  test("leaves its sandbox alone while its worker lives, and to the next sweep once that was killed", async () => {
    const settings = { sandbox: { provider: "docker", pool: 0 } };
    rig = await startRig({ sandbox: "docker", script: solve, settings });
    await rig.stopWorker();
    const endless = { ...smallShop, ".github/nightshift.yml": "setup: sleep 600\n" };
    const { repo } = await anIssue(rig, { files: endless });
    await sendPreparation(rig.queue.boss, repo, {});
    const owner = await installationName(rig.store.db);
    const guard = { parent: join(rig.configuration.settings.data_dir, "guard") };
    const sweep = () =>
      dockerProvider({ owner, guard }).sweep((runId, lease) => isInUse(rig.store.db, { runId, lease }));

    await using worker = await startWorkerProcess(rig);
    await worker.said('"sandbox_started"');
    expect(await sweep()).toBe(0);
    await worker.kill();
    // It may only have lost its way to the database for a moment.
    expect(await sweep()).toBe(0);
    await sql`update preparations set last_sign_at = last_sign_at - interval '61 seconds'`.execute(rig.store.db);
    expect(await sweep()).toBe(1);
  });
});
