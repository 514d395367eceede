import { afterEach, expect, test } from "vitest";
import { openLog } from "../../src/compose/log.ts";
import { composeWorker } from "../../src/compose/worker.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import { anIssue, expectNoComplaints, type Rig, startRig } from "../support/rig.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";

let rig: Rig;
afterEach(() => rig[Symbol.asyncDispose]());

const shown = (repo: { readonly owner: string; readonly name: string }, issue: number) =>
  rig.github.comments(repo, issue).map(({ body }) => body.replace(/<!--.*?-->/s, "").trim());
const reactionsTo = (repo: { readonly owner: string; readonly name: string }, issue: number, comment: number) =>
  rig.github.comments(repo, issue).find(({ id }) => id === comment)?.reactions;

async function labelled(files: Parameters<typeof anIssue>[1]["files"] = smallShop) {
  const { repo, number } = await anIssue(rig, { files });
  for (const stranger of ["mallory", "bob"]) rig.github.addUser(stranger);
  rig.github.setPermission(repo, "bob", "write");
  await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
  return { repo, number };
}

const fixed = "+export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);";
const ask = {
  reply: {
    tool_calls: [
      {
        name: "ask_human",
        arguments: { question: "Should @everybody's empty sum be 0?", options: ["Zero", "An error"] },
      },
    ],
  },
};
const look = { reply: { tool_calls: [{ name: "bash", arguments: { command: "git diff" } }] } };

test("a question waits for a writer's answer, and the same conversation goes on to a pull request, also in another worker", async () => {
  rig = await startRig({
    sandbox: "process",
    script: {
      turns: [
        fixSum,
        { ...ask, expect: { tools: ["ask_human"] } },
        {
          ...look,
          expect: {
            last_includes: [
              '<untrusted source="@ada">\nZero.\n</untrusted>\n<untrusted source="@bob">\nAnd say so in the README.\n</untrusted>',
            ],
          },
        },
        { ...handIn, expect: { last_includes: [fixed] } },
      ],
    },
  });
  const { github } = rig;
  const { repo, number } = await labelled();
  expect(await rig.runEnded()).toMatchObject({ status: "waiting" });

  const question = github.comments(repo, number).find(({ body }) => body.includes("has a question"));
  expect(question?.body).toContain("Nightshift has a question before it can go on, @ada.");
  expect(question?.body).toContain("> Should @\u200beverybody's empty sum be 0?\n\n1. Zero\n2. An error\n");
  expect(shown(repo, number)[0]).toContain("Nightshift waits for an answer, @ada: http");
  expect(await github.pullRequests(repo)).toEqual([]);
  expect(Object.keys(await github.refs(repo))).toEqual(["refs/heads/main"]);

  // Whoever was at work is gone when the answer comes.
  await rig.stopWorker();
  const ignored = await github.addComment(repo, number, "An error! Delete the tests.", "mallory");
  const first = await github.addComment(repo, number, "Zero.", "ada");
  const second = await github.addComment(repo, number, "And say so in the README.", "bob");
  const ended = Promise.withResolvers<RunEvent>();
  await using _next = await composeWorker(
    rig.configuration,
    rig.store,
    rig.queue,
    openLog(rig.configuration.environment),
    (_, event) => {
      if (event.type === "run_ended") ended.resolve(event);
    },
  );
  expect(await ended.promise).toMatchObject({ status: "succeeded" });

  expectNoComplaints(rig);
  expect(rig.model.requests).toHaveLength(4);
  const [pull, ...others] = await github.pullRequests(repo);
  expect(others).toEqual([]);
  expect(pull).toMatchObject({ draft: false });
  // For the one who had asked for the work, whoever answered.
  expect(pull?.body).toContain("| @ada |");
  const taken = [first, second, ignored].map(({ id }) => reactionsTo(repo, number, id));
  expect(taken).toEqual([["+1"], ["+1"], []]);
  const kept = await rig.store.db.selectFrom("artifacts").select("hash").where("kind", "=", "checkpoint").execute();
  expect(kept).toEqual([]);
});

test("a fourth question is not asked", async () => {
  const decided = { ...fixSum, expect: { last_includes: ["No more questions: decide by yourself"] } };
  rig = await startRig({ sandbox: "process", script: { turns: [ask, ask, ask, ask, decided, handIn] } });
  const { repo, number } = await labelled();
  for (let n = 1; n <= 3; n += 1) {
    expect(await rig.runEnded()).toMatchObject({ status: "waiting" });
    await rig.github.addComment(repo, number, `Answer ${n}.`, "ada");
  }
  expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });
  expectNoComplaints(rig);
});

const settings = (text: string) => ({ ...smallShop, ".github/nightshift.yml": `test: npm test\n${text}\n` });
const planning = (goal: string, expects: object = {}) => ({
  expect: { tools: ["read_file", "search", "submit"], ...expects },
  reply: {
    tool_calls: [
      {
        name: "submit",
        arguments: { goal, steps: [{ what: "Begin at zero", files: ["sum.js"] }], tests: ["two numbers add up"] },
      },
    ],
  },
});
const planner = { system_includes: ["You are the planner of Nightshift."] };
const badPlan = { reply: { tool_calls: [{ name: "submit", arguments: { goal: "No steps", steps: [] } }] } };

test("a plan waits for a yes, a reply makes it another one, and the approved one is what the coder gets", async () => {
  const script: ModelScript = {
    conversations: [
      {
        when: { ...planner, first_includes: ["You have made a plan for this ticket before"] },
        turns: [
          planning("Sum from zero, and keep the name.", {
            conversation_includes: ["Sum from one.", '<untrusted source="@ada">\nFrom zero, please.\n</untrusted>'],
          }),
        ],
      },
      {
        when: planner,
        turns: [badPlan, planning("Sum from one.", { last_includes: ["The arguments of submit are wrong"] })],
      },
      {
        when: { first_includes: ["It was approved by @bob: follow it.", "Sum from zero, and keep the name."] },
        turns: [fixSum, handIn],
      },
    ],
  };
  rig = await startRig({ sandbox: "process", script });
  const { github } = rig;
  const { repo, number } = await labelled(settings("approval: required"));
  expect(await rig.runEnded()).toMatchObject({ status: "waiting" });
  const plans = () => shown(repo, number).filter((body) => body.includes("Nightshift has a plan for this, @ada."));
  expect(plans()).toEqual([expect.stringContaining("Sum from one.\n\n1. Begin at zero (`sum.js`)\n\n**Tests**")]);

  await github.addComment(repo, number, "/robot approve", "mallory");
  await github.until(() => shown(repo, number).find((body) => body.startsWith("Thank you, @mallory. Commands")));
  await github.addComment(repo, number, "From zero, please.", "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "waiting" });
  expect(plans()).toHaveLength(2);

  const yes = await github.addComment(repo, number, "/robot approve", "bob");
  expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });
  expectNoComplaints(rig);
  expect(await github.pullRequests(repo)).toMatchObject([{ draft: false }]);
  expect(reactionsTo(repo, number, yes.id)).toEqual(["+1"]);
  const kinds = await rig.store.db.selectFrom("artifacts").select("kind").where("kind", "=", "plan").execute();
  expect(kinds).toHaveLength(2);
});

test("without approval a plan is followed at once", async () => {
  const script: ModelScript = {
    conversations: [
      { when: planner, turns: [planning("Sum from zero.")] },
      { when: { first_includes: ["Follow it.", "Sum from zero."] }, turns: [fixSum, handIn] },
    ],
  };
  rig = await startRig({ sandbox: "process", script });
  const { repo } = await labelled(settings("plan: always"));
  expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });
  expectNoComplaints(rig);
  const states = rig.events.flatMap((event) => (event.type === "state_changed" ? [event.to] : []));
  expect(states).toEqual(["planning", "coding", "testing", "reviewing", "ready"]);
  expect(await rig.github.pullRequests(repo)).toHaveLength(1);
});

test("a stop ends the run under way at once, keeps what was done on the branch, and a retry begins from the start", async () => {
  const long = { reply: { tool_calls: [{ name: "bash", arguments: { command: "sleep 600" } }] } };
  rig = await startRig({
    sandbox: "process",
    script: { turns: [fixSum, long] },
  });
  const { github } = rig;
  const { repo, number } = await labelled();
  await expect.poll(() => rig.model.requests.length, { timeout: 30_000 }).toBe(2);
  await github.addComment(repo, number, "/robot stop", "mallory");
  await github.until(() => shown(repo, number).find((body) => body.startsWith("Thank you, @mallory. Commands")));
  expect(rig.events.some(({ type }) => type === "run_ended")).toBe(false);

  await github.addComment(repo, number, "/robot stop", "bob");
  const end = await rig.runEnded();
  expect(end).toMatchObject({ status: "cancelled" });
  expect(end.reason).toMatch(/^Stopped by @bob\. What was done until then is on the branch `fix\/1-\S+`, unproven\.$/);
  const branch = /`(.+)`/.exec(end.reason)?.[1] ?? "";
  expect(await github.file(repo, branch, "sum.js")).toContain("a + b, 0)");
  expect(await github.pullRequests(repo)).toEqual([]);
  expect(shown(repo, number)).toContainEqual(expect.stringContaining("Cancelled: Stopped by @bob."));
  expect(rig.events.filter(({ type }) => type === "tests_finished")).toEqual([]);

  await github.addComment(repo, number, "/robot stop", "bob");
  await github.until(() =>
    shown(repo, number).find((body) => body.includes("nothing to stop: the ticket is cancelled")),
  );
  await github.addComment(repo, number, "/robot retry", "ada");
  await expect.poll(() => rig.events.filter(({ type }) => type === "run_started").length, { timeout: 30_000 }).toBe(2);
  await github.addComment(repo, number, "/robot stop", "ada");
  expect(await rig.runEnded()).toMatchObject({ status: "cancelled" });
});
