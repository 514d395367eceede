import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Repository } from "../../src/domain/repository.ts";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import { installationName } from "../../src/store/installation.ts";
import { startRig } from "../support/rig.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";
import { handIn, smallShop } from "../support/small-shop.ts";
import { standStill } from "../support/stand-still.ts";
import { missHeartbeats, startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const withDocker = await dockerForTests();

type Turns = NonNullable<ModelScript["turns"]>;

const bash = (command: string) => ({ reply: { tool_calls: [{ name: "bash", arguments: { command } }] } });
/** Mends the bug if it is not mended, and leaves a line of its own: so the workspace tells which turns it has seen. */
const mending = (n: number) => `sed -i 's/a + b, 1) - 2/a + b, 0)/' sum.js; echo '// turn ${n}' >> sum.js`;
const mend = (n: number) => bash(mending(n));
const threeTurns: Turns = [mend(1), mend(2), handIn];

/** A run of each title, in a repository of its own. */
async function place(sandbox: "process" | "docker", scripts: Readonly<Record<string, Turns>>) {
  await using parts = new AsyncDisposableStack();
  const conversations = Object.entries(scripts).map(([title, turns]) => ({ when: { first_includes: [title] }, turns }));
  const rig = parts.use(
    await startRig({ sandbox, script: { conversations }, settings: { workers: { concurrency: 20 } } }),
  );
  await rig.stopWorker();
  const still = parts.use(await standStill(rig.store));
  let worker: WorkerProcess | undefined;
  parts.defer(() => worker?.kill());
  rig.github.addUser("ada");
  const owned = parts.move();
  return {
    ...{ rig, still },
    /** Takes the work up in a process of its own, until it has come so far. */
    async work(soFar: (worker: WorkerProcess) => Promise<unknown>): Promise<void> {
      worker = await startWorkerProcess(rig);
      await soFar(worker);
    },
    async kill(): Promise<void> {
      await worker?.kill();
      await still.drop();
      await missHeartbeats(rig);
    },
    stop: async () => await worker?.stop(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
type Place = Awaited<ReturnType<typeof place>>;

interface Asked {
  readonly title: string;
  readonly repo: Repository;
  readonly number: number;
  readonly runId: string;
  readonly ticketId: string;
}

async function ask(
  { rig: { github, store } }: Place,
  title: string,
  owner = "acme",
  test = "node --test",
): Promise<Asked> {
  const files = { ...smallShop, ".github/nightshift.yml": `test: ${JSON.stringify(test)}\n` };
  const repo = await github.addRepository({ owner, name: "shop", files });
  github.setPermission(repo, "ada", "write");
  const { number } = await github.openIssue(repo, { by: "ada", title, body: "`sum([1, 2])` is 2.", labels: ["bug"] });
  await github.addLabel(repo, number, "ready-for-robot", "ada");
  const { id: runId, ticketId } = await store.db
    .selectFrom("runs")
    .innerJoin("tickets", "tickets.id", "ticketId")
    .select(["runs.id", "ticketId"])
    .where("owner", "=", owner)
    .executeTakeFirstOrThrow();
  return { title, repo, number, runId, ticketId };
}

async function isOver({ rig }: Place): Promise<boolean> {
  const statuses = await rig.store.db.selectFrom("runs").select("status").execute();
  return statuses.every(({ status }) => status !== "queued" && status !== "running");
}

/** Works until no run is left, and stops as an operator does. */
async function finish(at: Place): Promise<void> {
  await at.work(() => until(() => isOver(at)));
  await at.stop();
}

const until = (seen: () => boolean | Promise<boolean>) => vi.waitUntil(seen, { timeout: 150_000 });

/** However often its workers died: one pull request with what its turns came to, each paid and told once. */
async function expectOneOutcome({ rig }: Place, asked: Asked, { kills = 1, lost = 0 } = {}): Promise<void> {
  const { github, model } = rig;
  const { repo, number, runId, ticketId, title } = asked;
  const { db } = rig.store;
  expect(model.complaints).toEqual([]);
  const ofRun = (table: "turns" | "ledger") => db.selectFrom(table).where("runId", "=", runId);
  expect(await db.selectFrom("runs").select(["status", "lease"]).where("ticketId", "=", ticketId).execute()).toEqual([
    { status: "succeeded", lease: kills + 1 },
  ]);

  const [pull, ...others] = await github.pullRequests(repo);
  expect(others).toEqual([]);
  expect(pull).toMatchObject({ draft: false, state: "open" });
  const sha = pull?.headSha ?? "";
  expect(Object.keys(await github.refs(repo))).toHaveLength(2);
  expect(await rig.git(repo, "rev-list", "--count", `main..${sha}`)).toBe("1\n");
  expect(await rig.git(repo, "diff", "--name-only", "main", sha)).toBe("sum.js\n");
  expect(github.checks(repo, sha)).toHaveLength(1);
  expect(github.reactions(repo, number)).toEqual([expect.objectContaining({ content: "eyes" })]);
  expect(github.comments(repo, number).map(({ body }) => body.slice(0, 14))).toEqual(["Done for @ada:"]);

  // The workspace is what the turns say: what an interrupted one had done is not there.
  const turns = await ofRun("turns").select(["n", "messages"]).where("n", ">", 0).orderBy("n").execute();
  expect(turns.map(({ n }) => n)).toEqual(turns.map((_, index) => index + 1));
  const done = turns.slice(0, -1).filter(({ messages }) => !JSON.stringify(messages).includes("Interrupted before it"));
  const marks = (await github.file(repo, sha, "sum.js"))?.match(/turn \d+/g);
  expect(marks).toEqual(done.map(({ n }) => `turn ${n}`));

  const calls = await ofRun("ledger").select(["settledUsd"]).execute();
  expect(calls.filter(({ settledUsd }) => settledUsd === null)).toEqual([]);
  expect(calls).toHaveLength(turns.length + lost);
  expect(model.requests.filter(({ body }) => JSON.stringify(body).includes(title))).toHaveLength(turns.length + lost);
  const { rows: books } = await sql<{ readonly isEven: boolean }>`
    select held_usd = (select sum(settled_usd) from ledger where ticket_id = ${ticketId}) as is_even
    from balances where budget = ${`ticket:${ticketId}`}`.execute(db);
  expect(books).toEqual([{ isEven: true }]);
}

async function expectNothingLeft({ rig }: Place): Promise<void> {
  const { db } = rig.store;
  const made = await db
    .selectFrom("events")
    .select(sql<string>`data ->> 'id'`.as("id"))
    .where("type", "=", "sandbox_started")
    .execute();
  const ids = made.map(({ id }) => id);
  expect((await readdir(tmpdir())).filter((name) => ids.includes(name))).toEqual([]);
  expect(await processesOf(ids)).toEqual([]);
  if (withDocker) {
    const filters = { label: [`nightshift.owner=${await installationName(db)}`] };
    expect(await new Docker().listContainers({ all: true, filters })).toEqual([]);
  }
  expect(await db.selectFrom("artifacts").select("hash").where("kind", "=", "checkpoint").execute()).toEqual([]);
}

/** What runs with the home folder of one of these sandboxes. */
async function processesOf(sandboxes: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (!sandboxes.some((id) => environment.includes(`/${id}/`))) continue;
    found.push(await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => ""));
  }
  return found;
}

/** Where a worker dies, and how many calls of a model were paid for nothing by that. */
interface Death {
  readonly at:
    | { readonly write: string; readonly of: (asked: Asked) => object }
    | { readonly request: readonly [method: string, path: RegExp]; readonly afterEffect?: true }
    | "command"
    | "tests";
  readonly lost?: number;
}

const event = (type: string, data: object) => ({
  write: "events",
  of: ({ runId }: Asked) => ({ run_id: runId, type, data }),
});
const step = (name: string) => ({ write: "steps", of: ({ runId }: Asked) => ({ run_id: runId, name }) });

const deaths: Readonly<Record<string, Death>> = {
  "with a first comment whose answer was lost": { at: { request: ["POST", /\/comments$/], afterEffect: true } },
  "with an answer that was paid and not recorded": {
    at: { write: "turns", of: ({ runId }) => ({ run_id: runId, n: 2 }) },
    lost: 1,
  },
  "with a turn that was recorded and not done": { at: event("turn_finished", { n: 2 }) },
  "inside a long command": { at: "command" },
  "with a tool's results that were not recorded": { at: event("tool_finished", { n: 2 }) },
  "with a change that was made and not recorded": { at: step("code") },
  "during the tests": { at: "tests" },
  "before its push": { at: { request: ["POST", /git-receive-pack$/] } },
  "with a push whose answer was lost": { at: { request: ["POST", /git-receive-pack$/], afterEffect: true } },
  "before its pull request": { at: { request: ["POST", /\/pulls$/] } },
  "with a pull request whose answer was lost": { at: { request: ["POST", /\/pulls$/], afterEffect: true } },
  "with a pull request that was not noted": {
    at: { write: "tickets", of: ({ ticketId }) => ({ id: ticketId, pull_number: 2 }) },
  },
  "with a check whose answer was lost": { at: { request: ["POST", /\/check-runs$/], afterEffect: true } },
  "with an end that was not told": { at: step("outcome") },
  "with a last comment whose answer was lost": { at: { request: ["PATCH", /\/comments\/\d+$/], afterEffect: true } },
  "with an end that was told and not noted": {
    at: { write: "runs", of: ({ runId }) => ({ id: runId, status: "succeeded" }) },
  },
};

describe("the run of a worker that is killed is brought to its one end by the next", () => {
  let at: Place;
  let gate: string;
  const asked = new Map<string, Asked>();

  // All of them die with one worker, each where it stands.
  beforeAll(async () => {
    gate = await mkdtemp(join(tmpdir(), "nightshift-gate-"));
    const long = bash(`${mending(2)}; touch ${gate}/command; sleep 600`);
    const scripts = Object.entries(deaths).map(([name, death]): [string, Turns] => [
      name,
      death.at === "command" ? [mend(1), long, handIn] : threeTurns,
    ]);
    at = await place("process", Object.fromEntries(scripts));
    const { github } = at.rig;
    await writeFile(`${gate}/hold`, "");
    const endless = `[ ! -e ${gate}/hold ] || { touch ${gate}/tests; sleep 600; }; node --test`;
    const reached: (() => boolean)[] = [];
    let writes = 0;
    for (const [index, [name, death]] of Object.entries(deaths).entries()) {
      // An installation of its own: each is kept to one write in a second.
      const owner = `acme${index}`;
      if (typeof death.at !== "string" && "request" in death.at) {
        const [method, { source }] = death.at.request;
        const path = new RegExp(`/${owner}/.*${source}`);
        github.fault({ method, path, answer: { type: "hold", afterEffect: death.at.afterEffect === true } });
        reached.push(() => github.requests().some((it) => it.status === 499 && path.test(it.path)));
      }
      const one = await ask(at, name, owner, death.at === "tests" ? endless : undefined);
      asked.set(name, one);
      if (typeof death.at === "string") reached.push(() => existsSync(join(gate, String(death.at))));
      else if ("write" in death.at) {
        await at.still.before(death.at.write, death.at.of(one));
        writes += 1;
      }
    }
    await at.work(() => until(async () => (await at.still.standing()) === writes && reached.every((each) => each())));
    await rm(`${gate}/hold`);
    await at.kill();
    await finish(at);
  }, 240_000);
  afterAll(async () => {
    await at[Symbol.asyncDispose]();
    await rm(gate, { recursive: true });
  });

  test.each(Object.entries(deaths))("%s", async (name, { lost = 0 }) => {
    await expectOneOutcome(at, asked.get(name) ?? expect.unreachable(name), { lost });
  });

  test("and nothing of either is left", async () => {
    await expectNothingLeft(at);
  });
});

test("a worker that is killed again and again, at any write, comes to the same end", async () => {
  const turns = [1, 2, 3, 4, 5, 6].map(mend);
  await using at = await place("process", { Again: [...turns, handIn] });
  const asked = await ask(at, "Again");
  let kills = 0;
  for (const n of fc.sample(fc.integer({ min: 5, max: 30 }), { seed: 5, numRuns: 5 })) {
    await at.still.beforeWrite(n);
    await at.work(() => until(async () => (await at.still.standing()) > 0));
    await at.kill();
    kills += 1;
  }
  await finish(at);
  const { rows } = await sql<{ readonly lost: number }>`select count(*)::int - (
    select count(*)::int from turns where n > 0) as lost from ledger`.execute(at.rig.store.db);
  await expectOneOutcome(at, asked, { kills, lost: rows[0]?.lost ?? 0 });
  await expectNothingLeft(at);
});

test.skipIf(!withDocker)("in a container too, while the model thinks and inside a long command", async () => {
  const late = { ...mend(2), fault: { delay_ms: 60_000, times: 1 } };
  const long = bash(`${mending(3)}; while sleep 0.3; do echo at work; done`);
  await using at = await place("docker", { Contained: [mend(1), late, long, handIn] });
  const asked = await ask(at, "Contained");
  await at.work(() => until(() => at.rig.model.requests.length === 2));
  await at.kill();
  await at.work((worker) => worker.said("output_streamed"));
  await at.kill();
  await finish(at);
  await expectOneOutcome(at, asked, { kills: 2, lost: 1 });
  await expectNothingLeft(at);
});
