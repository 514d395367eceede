import Docker from "dockerode";
import { afterEach, describe, expect, test, vi } from "vitest";
import { installationName } from "../../src/store/installation.ts";
import { type EngineRelay, engineRelay } from "../support/engine-relay.ts";
import { anIssue, expectNoComplaints, type Rig, startRig } from "../support/rig.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";

const bash = (command: string) => ({ reply: { tool_calls: [{ name: "bash", arguments: { command } }] } });

describe.skipIf(!(await dockerForTests()))("a run whose container engine goes away", () => {
  let rig: Rig;
  let relay: EngineRelay;
  afterEach(async () => {
    await rig[Symbol.asyncDispose]();
    await relay[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });

  test("waits, and goes on when it is back: a new sandbox, the workspace as it was, nothing paid twice", async () => {
    relay = await engineRelay();
    vi.stubEnv("DOCKER_HOST", `unix://${relay.path}`);
    rig = await startRig({
      sandbox: "docker",
      script: {
        turns: [
          fixSum,
          bash("echo lost >lost.txt; while true; do echo working; sleep 0.2; done"),
          { ...bash("git diff; ls"), expect: { last_includes: ["Interrupted before it finished"] } },
          {
            ...handIn,
            expect: { last_includes: ["+export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);"] },
          },
        ],
      },
    });
    const { repo, number } = await anIssue(rig, { files: smallShop });
    const working = rig.next("output_streamed");
    const waiting = rig.next("run_waiting");
    await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
    await working;
    relay.stop();
    await removeContainers(rig);

    expect(await waiting).toMatchObject({ reason: expect.stringContaining("the container engine does not answer") });
    // Nothing is told as removed, nor as started, while there is no engine.
    const stillWaiting = rig.next("run_waiting");
    expect(await stillWaiting).toMatchObject({ reason: expect.stringContaining("No container engine answers.") });
    await relay.start();
    expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });

    expectNoComplaints(rig);
    expect(rig.model.requests).toHaveLength(4);
    expect(rig.events.filter(({ type }) => type === "turn_finished")).toHaveLength(4);
    const work = rig.events.flatMap((event) =>
      event.type === "sandbox_started" && event.purpose === "work" ? [event.id] : [],
    );
    expect(new Set(work).size).toBe(2);
    const [pull, ...others] = await rig.github.pullRequests(repo);
    expect(others).toEqual([]);
    expect(await rig.git(repo, "diff", "--name-only", "main", pull?.headSha ?? "")).toBe("sum.js\n");
    expect(rig.github.comments(repo, number)).toHaveLength(1);
  });
});

/** As the engine does with what it finds dead when it comes back; by its real socket. */
async function removeContainers({ store }: Rig): Promise<void> {
  const docker = new Docker({ socketPath: "/var/run/docker.sock", host: undefined, protocol: "http" });
  const filters = { label: [`nightshift.owner=${await installationName(store.db)}`] };
  const found = await docker.listContainers({ all: true, filters });
  expect(found).not.toEqual([]);
  for (const { Id } of found) await docker.getContainer(Id).remove({ force: true });
}
