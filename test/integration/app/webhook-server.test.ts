import { createHmac, generateKeyPairSync } from "node:crypto";
import pino from "pino";
import { Probot } from "probot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nightshiftApp } from "../../../src/app/nightshift-app.ts";
import { startWebhookServer, type WebhookServer } from "../../../src/app/webhook-server.ts";
import type { Enqueue } from "../../../src/store/accept.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { githubExamples } from "../../support/github-examples.ts";
import { testDatabase } from "../../support/test-database.ts";

const secret = "development is over";
const label = "bug";
const enqueued: string[] = [];
const errors: unknown[] = [];
let store: Store;
let server: WebhookServer;
let enqueue: Enqueue = async (_, runId) => void enqueued.push(runId);
let healthy = true;

beforeAll(async () => {
  store = await testDatabase();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const probot = new Probot({
    appId: 1,
    privateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
    secret,
    log: pino({ level: "silent" }),
  });
  await probot.load(
    nightshiftApp({
      db: store.db,
      enqueue: (tx, runId) => enqueue(tx, runId),
      enqueueCommand: async () => undefined,
      label,
    }),
  );
  server = await startWebhookServer(probot, {
    host: "127.0.0.1",
    port: 0,
    isHealthy: async () => healthy,
    onError: (error) => errors.push(error),
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const sign = (body: string, key = secret) => `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;

async function post(
  body: string,
  headers: Record<string, string | undefined>,
  path = "/api/github/webhooks",
): Promise<{ status: number; text: string }> {
  const present = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...Object.fromEntries(present) },
  });
  return { status: response.status, text: (await response.text()).trim() };
}

const delivery = (id: string, event: string, body: string, signature: string | undefined = sign(body)) =>
  post(body, { "x-github-delivery": id, "x-github-event": event, "x-hub-signature-256": signature });

const labelled = (issue: number) =>
  JSON.stringify({
    action: "labeled",
    label: { name: "Bug" },
    issue: { number: issue, title: "Cart total is wrong", body: null, state: "open", labels: [{ name: "Bug" }] },
    repository: { name: "shop", owner: { login: "acme" } },
    installation: { id: 7 },
    sender: { login: "ada", id: 11 },
  });

async function written() {
  const count = async (table: "deliveries" | "tickets" | "runs") =>
    (
      await store.db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow()
    ).n;
  return { deliveries: await count("deliveries"), tickets: await count("tickets"), runs: await count("runs") };
}

test("a delivery is answered 202 once it is written down", async () => {
  const before = await written();
  expect(await delivery("accepted", "issues", labelled(1))).toEqual({ status: 202, text: "accepted" });
  expect(await written()).toEqual({
    deliveries: before.deliveries + 1,
    tickets: before.tickets + 1,
    runs: before.runs + 1,
  });
});

test("the address that the setup page gives to GitHub takes deliveries as well", async () => {
  const body = labelled(8);
  const headers = { "x-github-delivery": "root", "x-github-event": "issues", "x-hub-signature-256": sign(body) };
  expect((await post(body, headers, "/")).status).toBe(202);
});

test("a wrong signature, none, or one of another body is a 401 and writes nothing", async () => {
  const before = await written();
  const body = labelled(2);
  const refused = { status: 401, text: "the signature does not fit the body and the webhook secret" };

  expect(await delivery("forged", "issues", body, sign(body, "guess"))).toEqual(refused);
  expect(await delivery("other", "issues", body, sign(labelled(3)))).toEqual(refused);
  expect(await delivery("empty", "issues", body, "")).toEqual(refused);
  expect(await delivery("nonsense", "issues", body, "sha256=zz")).toEqual(refused);
  expect(await post(body, { "x-github-delivery": "unsigned", "x-github-event": "issues" })).toEqual(refused);
  expect(await written()).toEqual(before);
});

test("the signature is of the raw body: the same JSON with another space does not pass", async () => {
  const body = labelled(4);
  expect((await delivery("spaced", "issues", `${body} `, sign(body))).status).toBe(401);
});

test("an empty body has no signature that could fit", async () => {
  expect((await delivery("nothing", "issues", "")).status).toBe(401);
});

test("a body with characters of several bytes is checked by its bytes", async () => {
  const body = JSON.stringify({ ...JSON.parse(labelled(5)), note: "Größe 🌙" });
  expect((await delivery("utf8", "issues", body)).status).toBe(202);
});

test("what is signed and yet no delivery is a 400 that says what is missing", async () => {
  for (const body of ["[", "null", "7", "payload=%7B%7D"]) {
    expect(await delivery("broken", "issues", body)).toEqual({
      status: 400,
      text: "the body is not a JSON object; set the webhook's content type to application/json",
    });
  }
  const body = labelled(6);
  expect(await post(body, { "x-hub-signature-256": sign(body) })).toEqual({
    status: 400,
    text: "the headers x-github-delivery and x-github-event are missing",
  });
});

test("a delivery that cannot be written down is a 500, so that GitHub lists it as failed, and it can come again", async () => {
  const before = await written();
  const working = enqueue;
  enqueue = () => Promise.reject(new Error("the database went away"));
  expect((await delivery("retry", "issues", labelled(7))).status).toBe(500);
  expect(await written()).toEqual(before);
  expect(errors.splice(0)).toHaveLength(1);

  enqueue = working;
  expect((await delivery("retry", "issues", labelled(7))).status).toBe(202);
  expect((await written()).runs).toBe(before.runs + 1);
});

test("every example payload of GitHub is answered without a 5xx", async () => {
  const answers = new Map<number, number>();
  const examples = githubExamples();
  for (const [n, { event, payload }] of examples.entries()) {
    const { status } = await delivery(`example-${n}`, event, JSON.stringify(payload));
    answers.set(status, (answers.get(status) ?? 0) + 1);
  }
  expect(examples.length).toBeGreaterThan(700);
  expect([...answers.keys()]).toEqual([202]);
  expect(errors).toEqual([]);
});

test("an event nobody has heard of is accepted and forgotten", async () => {
  const before = await written();
  expect((await delivery("unknown", "moon_phase", '{"action":"waning"}')).status).toBe(202);
  expect(await written()).toEqual(before);
});

test("health follows the database, and other paths say what this is", async () => {
  const get = async (path: string) => (await fetch(`${server.url}${path}`)).status;
  expect(await get("/healthz")).toBe(200);
  healthy = false;
  expect(await get("/healthz")).toBe(503);
  healthy = true;
  expect(await get("/")).toBe(404);
  expect(await get("/api/github/webhooks")).toBe(404);
});
