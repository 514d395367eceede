import { afterEach, describe, expect, test } from "vitest";
import { demoFiles, demoIssue, recordingPath } from "../../src/playground/demo/demo-issue.ts";
import { loadModelScript } from "../../src/playground/model/model-script.ts";
import { anIssue, expectNoComplaints, type Rig, startRig } from "../support/rig.ts";
import { providersForTests } from "../support/sandbox-providers.ts";

describe.each(await providersForTests())("in %s sandboxes", (sandbox) => {
  let rig: Rig;
  afterEach(() => rig[Symbol.asyncDispose]());

  test("a label becomes a pull request whose tests were red on the base and are green with the change", async () => {
    rig = await startRig({ script: await loadModelScript(recordingPath), sandbox });
    const { github } = rig;
    const { repo, number } = await anIssue(rig, { files: await demoFiles(), ...demoIssue });

    await github.addLabel(repo, number, "ready-for-robot", "ada");
    const end = await rig.runEnded();

    expectNoComplaints(rig);
    const [pull, ...others] = await github.pullRequests(repo);
    expect(others).toEqual([]);
    if (pull === undefined) return expect.unreachable(end.reason);
    expect(end).toEqual({ type: "run_ended", status: "succeeded", reason: pull.url });
    expect(pull).toMatchObject({
      by: `${github.app.slug}[bot]`,
      title: "fix: Make the parts of a bill add up to the bill",
      state: "open",
      draft: false,
      head: "fix/1-shares-of-a-bill-do-not-add-up-to-the",
      base: "main",
    });
    expect(pull.body).toMatch(/\| Base \| \w{12} \| `npm test` \| 🔴 failed \| 1 \| 6 passed, 1 failed, 0 skipped \|/);
    expect(pull.body).toMatch(
      /\| Change \| \w{12} \| `npm test` \| 🟢 passed \| 0 \| 8 passed, 0 failed, 0 skipped \|/,
    );
    expect(pull.body).toMatch(
      /\| Base with the change's tests \| \w{12} \| `npm test` \| 🔴 failed \| 1 \| 6 passed, 2 failed,/,
    );
    expect(pull.body).toMatch(/^\| `test\/split\.test\.js: .+ \| 🔴 failed \| 🟢 passed \| mended, was `.+` \|$/m);
    expect(pull.body).toMatch(/\| `claude\/scripted` \| 5 \| \$0\.0\d+ \| @ada \|/);
    expect(pull.body).toMatch(/Closes #1$/);

    expect(github.reactions(repo, number)).toEqual([{ by: `${github.app.slug}[bot]`, content: "eyes" }]);
    expect(github.comments(repo, number).map(({ body }) => body.replace(/<!--.*?-->/s, "").trim())).toEqual([
      `Done for @ada: ${pull.url} is tested and ready to be reviewed.`,
    ]);
    expect(github.checks(repo, pull.headSha)).toEqual([
      {
        name: "Nightshift: tests",
        conclusion: "success",
        title: "red on the base, green with the change",
        summary: expect.stringContaining("| Base |"),
      },
    ]);
    const commit = await rig.git(repo, "show", "--no-patch", "--format=%an%n%B", pull.headSha);
    expect(commit).toContain(`${github.app.slug}[bot]\nfix: Make the parts of a bill add up to the bill\n`);
    expect(commit).toMatch(/^Co-authored-by: ada <\d+\+ada@users\.noreply\..+>$/m);
  });

  test("nothing of ours is left when it is done", async () => {
    rig = await startRig({ script: await loadModelScript(recordingPath), sandbox });
    const { repo, number } = await anIssue(rig, { files: await demoFiles(), ...demoIssue });
    await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
    await rig.runEnded();

    const started = rig.events.flatMap((event) => (event.type === "sandbox_started" ? [event.id] : []));
    const removed = rig.events.flatMap((event) => (event.type === "sandbox_removed" ? [event.id] : []));
    // One to work in, then the base, the change, and the base with its tests.
    expect(started).toHaveLength(4);
    expect(removed).toEqual(started);
  });
});
