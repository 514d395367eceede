import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { toIntent } from "../../../src/app/to-intent.ts";
import { intent } from "../../../src/domain/intent.ts";

const label = "ready-for-robot";

/** A delivery of `issues` as GitHub sends it when somebody sets our label, with what a test changes. */
function labelled(changes: { issue?: object; repository?: object; sender?: object; [part: string]: unknown } = {}) {
  const { issue, repository, sender, ...rest } = changes;
  return {
    action: "labeled",
    label: { id: 1, name: label, color: "0e8a16" },
    issue: {
      number: 101,
      title: "Crash on empty cart",
      body: "Open the cart without anything in it.",
      state: "open",
      labels: [{ name: label }],
      user: { login: "hubot", id: 2 },
      ...issue,
    },
    repository: { name: "shop", full_name: "acme/shop", owner: { login: "acme" }, archived: false, ...repository },
    installation: { id: 7, node_id: "x" },
    sender: { login: "mona", id: 583231, type: "User", ...sender },
    ...rest,
  };
}

const named = (...names: string[]) => ({ labels: names.map((name) => ({ name })) });

test("our label on an open issue asks for its implementation, for the one who set it", () => {
  expect(toIntent("issues", labelled(), label)).toEqual({
    type: "implement_issue",
    repo: { owner: "acme", name: "shop", installationId: 7 },
    issue: 101,
    title: "Crash on empty cart",
    body: "Open the cart without anything in it.",
    ticketType: "bug",
    priority: "medium",
    requestedBy: { login: "mona", id: 583231 },
  });
});

test("an issue without a body has an empty one", () => {
  for (const body of [null, undefined]) {
    expect(toIntent("issues", labelled({ issue: { body } }), label)).toMatchObject({ body: "" });
  }
});

test("the label is ours in any case of its letters", () => {
  const meant = { type: "implement_issue", issue: 101 };
  expect(toIntent("issues", labelled({ label: { name: "Ready-For-Robot" } }), label)).toMatchObject(meant);
  expect(toIntent("issues", labelled(), "READY-FOR-ROBOT")).toMatchObject(meant);
});

test.each<[string, string, unknown]>([
  ["another event", "pull_request", labelled()],
  ["another action", "issues", labelled({ action: "unlabeled" })],
  ["another label, when ours is on the issue already", "issues", labelled({ label: { name: "bug" } })],
  ["a label that begins like ours", "issues", labelled({ label: { name: `${label}s` } })],
  ["a closed issue", "issues", labelled({ issue: { state: "closed" } })],
  ["a pull request", "issues", labelled({ issue: { pull_request: { url: "https://…" } } })],
  ["an archived repository", "issues", labelled({ repository: { archived: true } })],
  ["no installation, as a repository's own webhook sends it", "issues", labelled({ installation: undefined })],
  ["no sender", "issues", { ...labelled(), sender: undefined }],
  ["an issue without a number", "issues", labelled({ issue: { number: undefined } })],
  ["nothing", "issues", undefined],
  ["null", "issues", null],
  ["a text", "issues", "labeled"],
  ["a list", "issues", []],
])("%s means nothing", (_, event, payload) => {
  expect(toIntent(event, payload, label)).toBeUndefined();
});

/** A delivery of `push` as GitHub sends it when the default branch has moved, with what a test changes. */
function pushed(changes: { repository?: object; [part: string]: unknown } = {}) {
  const { repository, ...rest } = changes;
  return {
    ref: "refs/heads/trunk",
    before: "a".repeat(40),
    after: "b".repeat(40),
    created: false,
    deleted: false,
    forced: false,
    repository: {
      name: "shop",
      full_name: "acme/shop",
      owner: { name: "acme", login: "acme" },
      default_branch: "trunk",
      archived: false,
      ...repository,
    },
    installation: { id: 7, node_id: "x" },
    ...rest,
  };
}

test("a push to the default branch asks for a snapshot, whatever its name, by force or not", () => {
  const wanted = { type: "prepare_snapshot", repo: { owner: "acme", name: "shop", installationId: 7 } };
  expect(toIntent("push", pushed(), label)).toEqual(wanted);
  expect(toIntent("push", pushed({ forced: true }), label)).toEqual(wanted);
  const slashed = pushed({ ref: "refs/heads/release/next", repository: { default_branch: "release/next" } });
  expect(toIntent("push", slashed, label)).toEqual(wanted);
});

test.each<[string, string, unknown]>([
  ["a push to another branch", "push", pushed({ ref: "refs/heads/topic" })],
  ["a push to a branch that ends like the default one", "push", pushed({ ref: "refs/heads/my/trunk" })],
  ["a tag with the default branch's name", "push", pushed({ ref: "refs/tags/trunk" })],
  ["a deleted branch", "push", pushed({ deleted: true, after: "0".repeat(40) })],
  ["a push to an archived repository", "push", pushed({ repository: { archived: true } })],
  ["a push without an installation", "push", pushed({ installation: undefined })],
  ["a push in another event", "create", pushed()],
  ["no payload of a push", "push", null],
])("%s means nothing", (_, event, payload) => {
  expect(toIntent(event, payload, label)).toBeUndefined();
});

describe("the priority of a ticket", () => {
  test.each([
    ["high", ["priority: high", "high", "Urgent", "priority/critical", "p0", "P1", "priority-high", "priority p1"]],
    ["low", ["priority: low", "low", "P3", "priority/p4"]],
    ["medium", ["p2", "priority: medium", "highlight", "slow", "low-code", "flow", "high risk", ""]],
  ] as const)("is %s", (priority, labels) => {
    for (const name of labels) {
      expect([name, toIntent("issues", labelled({ issue: named(label, name) }), label)]).toMatchObject([
        name,
        { priority },
      ]);
    }
  });

  test("is the highest of several", () => {
    expect(toIntent("issues", labelled({ issue: named("low", "p1") }), label)).toMatchObject({ priority: "high" });
  });
});

test("the type follows the issue's labels before its title", () => {
  expect(toIntent("issues", labelled({ issue: named(label, "enhancement") }), label)).toMatchObject({
    ticketType: "feature",
  });
});

// Every payload that GitHub's own examples hold, of github.com and of the enterprise servers.
const definitions = z.array(z.object({ name: z.string(), examples: z.array(z.unknown()) }));
const folder = dirname(dirname(fileURLToPath(import.meta.resolve("@octokit/webhooks-examples"))));
const examples = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: server }) =>
    definitions
      .parse(JSON.parse(readFileSync(join(folder, server, "index.json"), "utf8")))
      .flatMap(({ name, examples: payloads }) => payloads.map((payload) => ({ server, event: name, payload }))),
  );

/** What the example would have to say to mean something. */
const labels = z.object({ action: z.literal("labeled"), label: z.object({ name: z.string() }) });
const complete = z.object({
  issue: z.object({ state: z.literal("open"), pull_request: z.undefined().optional() }),
  installation: z.object({ id: z.number() }),
});

describe("of GitHub's example payloads", () => {
  test("there are many, of many events", () => {
    expect(examples.length).toBeGreaterThan(400);
    expect(new Set(examples.map(({ event }) => event)).size).toBeGreaterThan(50);
  });

  test("none but pushes and new comments means anything to us when our label is in none", () => {
    const meant = examples.filter(({ event, payload }) => toIntent(event, payload, label) !== undefined);
    expect(meant.filter(({ event }) => event !== "push" && event !== "issue_comment")).toEqual([]);
  });

  test("of the pushes those to a default branch are translated", () => {
    const pushes = examples.filter(({ event }) => event === "push");
    const meant = pushes.filter(({ payload }) => toIntent("push", payload, label) !== undefined);
    expect(meant.map(({ payload }) => Object(payload).ref)).toEqual(["refs/heads/master", "refs/heads/master"]);
    expect(pushes.length).toBeGreaterThan(meant.length);
  });

  test("only issues that are labelled so mean something, whatever label it is", () => {
    const names = new Set(examples.flatMap(({ payload }) => labels.safeParse(payload).data?.label.name ?? []));
    for (const name of names) {
      for (const { event, payload } of examples) {
        if (event === "push" || event === "issue_comment" || toIntent(event, payload, name) === undefined) continue;
        expect(event).toBe("issues");
        expect(labels.parse(payload).label.name.toLowerCase()).toBe(name.toLowerCase());
      }
    }
  });

  test("those of labelled issues are translated, once an installation and an open issue are in them", () => {
    const translated = examples.flatMap(({ event, payload }) => {
      const { data } = labels.safeParse(payload);
      if (event !== "issues" || data === undefined) return [];
      const whole = { installation: { id: 7 }, ...Object(payload) };
      const meant = toIntent(event, whole, data.label.name);
      expect(meant === undefined).toBe(!complete.safeParse(whole).success);
      return meant === undefined ? [] : [intent.parse(meant)];
    });
    expect(translated.length).toBeGreaterThan(0);
  });
});
