import { Webhooks } from "@octokit/webhooks";
import { expect, test } from "vitest";
import { githubExamples } from "../support/github-examples.ts";
import { appOctokit, arrange, shop } from "../support/look-alike-world.ts";
import { webhookReceiver } from "../support/webhook-receiver.ts";

test("a label is told to the App with GitHub's headers, a good signature and the documented payload", async () => {
  await using world = await arrange();
  await using hook = await webhookReceiver();
  const { github, repo, issue, mona } = world;
  github.setWebhookUrl(hook.url);
  const id = await github.addLabel(repo, issue, "ready-for-robot", "mona");
  const [delivery] = hook.received;
  expect(hook.received).toHaveLength(1);
  expect(delivery?.headers).toMatchObject({
    "content-type": "application/json",
    "x-github-event": "issues",
    "x-github-delivery": id,
    "user-agent": expect.stringMatching(/^GitHub-Hookshot\//),
  });
  const webhooks = new Webhooks({ secret: github.app.webhookSecret });
  expect(await webhooks.verify(delivery?.body ?? "", String(delivery?.headers["x-hub-signature-256"]))).toBe(true);
  const payload = JSON.parse(delivery?.body ?? "");
  expect(payload).toMatchObject({
    action: "labeled",
    label: { name: "ready-for-robot" },
    issue: { number: issue, title: "Total is wrong", body: "See **cart**", labels: [{ name: "ready-for-robot" }] },
    repository: { full_name: "acme/shop", default_branch: "main" },
    installation: { id: repo.installationId },
    sender: { login: "mona", id: mona.id },
  });
  const example = githubExamples().find(
    (each) => each.from === "api.github.com" && each.event === "issues" && each.payload["action"] === "labeled",
  )?.payload;
  expect(example).toBeDefined();
  for (const part of ["issue", "label", "repository", "sender"]) {
    const missing = Object.keys(Object(example?.[part])).filter((key) => !(key in payload[part]) && key !== "draft");
    expect(missing, part).toEqual([]);
    expect(Object.keys(payload[part]).length, part).toBeGreaterThan(5);
  }
  expect(github.deliveries()).toEqual([{ id, event: "issues", action: "labeled", statusCode: 202, redelivery: false }]);
});

test("a push and a merge are told to the App, each with the branch, where it was and where it is", async () => {
  await using world = await arrange();
  await using hook = await webhookReceiver();
  const { github, repo, mona, octokit } = world;
  const [main = "", topic] = [(await github.refs(repo))["refs/heads/main"], "topic"];
  github.setWebhookUrl(hook.url);
  const made = await github.commit(repo, { branch: topic, message: "Topic", files: { "t.txt": "t\n" }, by: "mona" });
  const moved = await github.commit(repo, { message: "More", files: { "m.txt": "m\n" }, by: "mona" });
  const { data: pull } = await octokit.rest.pulls.create({ ...shop, head: topic, base: "main", title: "Topic" });
  const merged = await github.mergePullRequest(repo, pull.number, "mona");

  const payloads = hook.received
    .filter(({ headers }) => headers["x-github-event"] === "push")
    .map(({ body }) => JSON.parse(body));
  const zeros = "0".repeat(40);
  expect(payloads).toMatchObject([
    { ref: "refs/heads/topic", before: zeros, after: made, created: true, commits: [{ id: made }] },
    { ref: "refs/heads/main", before: main, after: moved, created: false, head_commit: { id: moved, message: "More" } },
    { ref: "refs/heads/main", before: moved, after: merged, commits: [{ id: made }, { id: merged }] },
  ]);
  expect(payloads[1]).toMatchObject({
    deleted: false,
    repository: { full_name: "acme/shop", default_branch: "main" },
    installation: { id: repo.installationId },
    sender: { login: "mona", id: mona.id },
  });
});

test("a failed delivery is not tried again by itself, but is listed and can be redelivered under the same id", async () => {
  await using world = await arrange();
  await using hook = await webhookReceiver();
  const { github, repo, issue } = world;
  const octokit = appOctokit(github);
  github.setWebhookUrl(hook.url);
  hook.answer.status = 500;
  const id = await github.addLabel(repo, issue, "ready-for-robot", "mona");
  const { data: failed } = await octokit.rest.apps.listWebhookDeliveries({ status: "failure" });
  expect(failed).toMatchObject([{ guid: id, status_code: 500, event: "issues", action: "labeled", redelivery: false }]);
  expect(hook.received).toHaveLength(1);

  hook.answer.status = 202;
  await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: Number(failed[0]?.id) });
  const answered = await github.until(() => github.deliveries().find((each) => each.statusCode === 202));
  expect(answered).toEqual({ id, event: "issues", action: "labeled", statusCode: 202, redelivery: true });
  expect(hook.received.map((each) => each.headers["x-github-delivery"])).toEqual([id, id]);
  expect(hook.received[1]?.body).toBe(hook.received[0]?.body);
});

test("an App that cannot be reached is a delivery that failed", async () => {
  await using world = await arrange({ webhookUrl: "http://127.0.0.1:9/nobody-listens" });
  expect(world.github.deliveries()).toMatchObject([{ action: "opened", statusCode: 502 }]);
});

test("deliveries come late, out of order and twice on request", async () => {
  await using world = await arrange();
  await using hook = await webhookReceiver();
  const { github, repo, issue } = world;
  github.setWebhookUrl(hook.url);
  github.holdDeliveries();
  const first = await github.addLabel(repo, issue, "one", "mona");
  const second = await github.addLabel(repo, issue, "two", "mona");
  expect(hook.received).toEqual([]);
  await github.releaseDeliveries("reversed");
  github.duplicateDeliveries(1);
  const third = await github.addLabel(repo, issue, "three", "mona");
  const ids = hook.received.map((each) => each.headers["x-github-delivery"]);
  expect(ids).toEqual([second, first, third, third]);
});
