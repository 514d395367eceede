import { afterEach, expect, test } from "vitest";
import { openLog } from "../../src/compose/log.ts";
import { composeWorker } from "../../src/compose/worker.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import { anIssue, type Rig, startRig } from "../support/rig.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";

let rig: Rig;
afterEach(() => rig[Symbol.asyncDispose]());

test("a run whose worker stops goes on in another, with the workspace as it was and nothing paid twice", async () => {
  // The first worker is stopped while the model thinks about its second answer, when the bug is mended but not handed in.
  const lookBack = { reply: { tool_calls: [{ name: "bash", arguments: { command: "git diff" } }] } };
  rig = await startRig({
    sandbox: "process",
    script: {
      turns: [
        fixSum,
        { ...lookBack, fault: { delay_ms: 5_000, times: 1 } },
        {
          ...handIn,
          expect: { last_includes: ["+export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);"] },
        },
      ],
    },
  });
  const { repo, number } = await anIssue(rig, { files: smallShop });
  await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
  await expect.poll(() => rig.model.requests.length, { timeout: 30_000 }).toBe(2);
  await rig.stopWorker();

  const turns = () => rig.events.filter(({ type }) => type === "turn_finished").length;
  expect(turns()).toBe(1);

  const ended = Promise.withResolvers<RunEvent>();
  const later: RunEvent[] = [];
  await using _second = await composeWorker(
    rig.configuration,
    rig.store,
    rig.queue,
    openLog(rig.configuration.environment),
    (_, event) => {
      later.push(event);
      if (event.type === "run_ended") ended.resolve(event);
    },
  );
  expect(await ended.promise).toMatchObject({ status: "succeeded" });

  expect(rig.model.complaints).toEqual([]);
  expect(later[0]).toMatchObject({ type: "run_started", lease: 2 });
  expect(later.filter(({ type }) => type === "turn_finished")).toHaveLength(2);
  expect(await rig.github.pullRequests(repo)).toHaveLength(1);
  expect(rig.github.reactions(repo, number)).toHaveLength(1);
  expect(rig.github.comments(repo, number)).toHaveLength(1);
});
