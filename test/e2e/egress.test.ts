import { describe, expect, test } from "vitest";
import { anIssue, startRig } from "../support/rig.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";

describe.skipIf(!(await dockerForTests()))("what a sandbox asked for and did not get", () => {
  test("is in the run's events and in the pull request, with the line that would allow it", async () => {
    const command = "curl --silent --max-time 20 http://example.com/";
    const ask = { reply: { tool_calls: [{ name: "bash", arguments: { command } }] } };
    await using rig = await startRig({ sandbox: "docker", script: { turns: [ask, fixSum, handIn] } });
    const { repo, number } = await anIssue(rig, { files: smallShop });
    await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
    expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });

    expect(rig.events).toContainEqual({
      type: "egress_refused",
      host: "example.com",
      port: 80,
      reason: "not_allowed",
      command,
    });
    const [pull] = await rig.github.pullRequests(repo);
    expect(pull?.body).toContain(`- blocked: \`example.com\`, by \`${command}\``);
    expect(pull?.body).toContain("`sandbox: { network: { allow: [example.com] } }`");
  });
});
