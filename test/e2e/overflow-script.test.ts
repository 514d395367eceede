import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadModelScript, type TurnScript } from "../../src/playground/model/model-script.ts";
import { startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import type { Store } from "../../src/store/open-store.ts";
import { findLatestRun } from "../../src/store/runs.ts";
import { listSummaries } from "../../src/store/summaries.ts";
import { listTurns } from "../../src/store/turns.ts";
import { handIn, smallShop } from "../support/small-shop.ts";
import { solveRig } from "../support/solve-rig.ts";

const turns = 24;
/** Turns whose own words fill the window; the last of them is counted at 100,000 tokens. */
const look = (n: number): TurnScript => ({
  reply: {
    text: `Look ${n}: ${"Nothing here that would tell more. ".repeat(600)}`,
    tool_calls: [{ name: "bash", arguments: { command: `seq -f 'line %g of look ${n}' 2000` } }],
    usage: { input: n === turns ? 150_000 : 100, output: 500 },
  },
});
const refuse = (also: object = {}): TurnScript => ({
  fault: { status: 400, times: 9, message: "prompt is too long", ...also },
  reply: { text: "(it was too long)" },
});
const notes: TurnScript = {
  reply: {
    text: JSON.stringify({ goal: "sum([1, 2]) is 3", open: ["Begin with 0 in sum.js"] }),
    usage: { input: 20_500, output: 300 },
  },
};
const mend = (n: number): TurnScript => ({
  reply: {
    tool_calls: [{ name: "bash", arguments: { command: `sed -i 's/a + b, 1) - 2/a + b, 0)/' sum.js # ${n}` } }],
    usage: { input: 100, output: 50 },
  },
});

async function recordOf({ db }: Store) {
  const { id } = await findLatestRun(db);
  const summaries = await listSummaries(db, id, "code");
  const levels = (await listTurns(db, id, "code")).map(({ request }) => request?.level ?? 0);
  return {
    id,
    levels,
    summaries: summaries.map(({ after, made, asked }) => ({
      ...{ after, upTo: made?.upTo, shownTo: asked?.shownTo },
      answers: asked?.messages.filter(({ role }) => role === "assistant").length,
    })),
  };
}

test("a conversation that was too long for its model, and summarised in part, is so again by its own script", async () => {
  const looks = Array.from({ length: turns }, (_, at) => look(at + 1));
  // Dropped output helps once, before.
  looks[9] = {
    ...look(10),
    fault: { status: 400, times: 9, message: "prompt is too long", if_includes: "2000 of look 3\\n" },
  };
  const script = {
    conversations: [
      {
        when: { first_includes: ["of your work on this task are no longer shown"] },
        turns: [...Array.from({ length: 20 }, (_, at) => mend(at)), handIn],
      },
      {
        when: { later_includes: ["Call no tool now."] },
        after: 8,
        // With more of them than twelve the question is too long as well; the first answer is none.
        turns: [...Array.from({ length: 5 }, () => notes), ...Array.from({ length: 12 }, () => refuse())],
      },
      { turns: [...looks, refuse()] },
    ],
  };
  await using rig = await solveRig({ files: smallShop, script });
  const title = ["--title", "Sum is wrong", "--body", "It is 2."] as const;
  const solved = await rig.run("solve", "--repo", rig.repository, ...title);
  expect([rig.model.complaints, solved.code], solved.stderr).toEqual([[], 0]);
  const { id, ...before } = await recordOf(rig.store);
  expect(before.summaries).toMatchObject([{ after: turns, answers: 1 }]);
  expect(before.summaries[0]?.shownTo).toBeLessThan(13);
  expect(before.levels[9]).toBe(0);
  expect(before.levels[10]).toBe(1);

  expect(await rig.run("replay", id)).toMatchObject({ code: 0, stderr: "" });
  expect((await rig.run("replay", id, "--script", "run.yaml")).code).toBe(0);

  await using second = await startScriptedModel({ script: await loadModelScript(join(rig.cwd, "run.yaml")) });
  const settings = join(rig.cwd, "nightshift.yaml");
  const written = await readFile(settings, "utf8");
  await writeFile(settings, written.replace(rig.model.anthropicBaseUrl, second.anthropicBaseUrl));
  rig.git("update-ref", "-d", "refs/heads/fix/sum-is-wrong");
  const again = await rig.run("solve", "--repo", rig.repository, ...title);
  expect([second.complaints, again.code], again.stderr).toEqual([[], 0]);
  const { id: other, ...after } = await recordOf(rig.store);
  expect(other).not.toBe(id);
  expect(after).toEqual(before);
});
