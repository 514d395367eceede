import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { sql } from "kysely";
import { queueName } from "../../src/queue/queue.ts";
import type { Rig } from "./rig.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

export interface WorkerProcess extends AsyncDisposable {
  /** Settles when a line of its log holds this, also an earlier one. @throws Error when it ends before. */
  readonly said: (text: string) => Promise<void>;
  /** As an operator does. */
  readonly stop: () => Promise<void>;
  /** It stands still with all that it holds, as on a machine that is paused, until it goes on as if nothing had been. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** With -9: it can do nothing about it any more. */
  readonly kill: () => Promise<void>;
}

/** `nightshift worker` on what the rig stands on, in a process of its own. */
export async function startWorkerProcess({ configuration, store }: Rig): Promise<WorkerProcess> {
  const { environment, settings, variables } = configuration;
  const config = join(settings.data_dir, "nightshift.yaml");
  await writeFile(config, JSON.stringify(settings));
  const { app, githubApiUrl } = environment;
  const child = spawn(process.execPath, [main, "worker", "--config", config], {
    cwd: settings.data_dir,
    env: {
      ...variables,
      PATH: process.env["PATH"],
      APP_ID: String(app?.id),
      PRIVATE_KEY: app?.privateKey,
      WEBHOOK_SECRET: app?.webhookSecret,
      GHE_HOST: new URL(githubApiUrl).host,
      GHE_PROTOCOL: "http",
      DATABASE_URL: store.url,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let over = false;
  const look = () => {
    for (const each of waiting) each();
  };
  createInterface(child.stderr).on("line", (line) => {
    lines.push(line);
    look();
  });
  child.once("exit", () => {
    over = true;
    look();
  });
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const settle = () => {
        const found = lines.some((line) => line.includes(text));
        if (!found && !over) return;
        waiting.delete(settle);
        if (found) resolve();
        else reject(new Error(`The worker ended before it said ${text}: ${lines.slice(-20).join("\n")}`));
      };
      waiting.add(settle);
      settle();
    });
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    if (!over && child.kill(signal)) await once(child, "exit");
  };
  const stop = () => end("SIGTERM");
  const kill = () => end("SIGKILL");
  const freeze = () => void child.kill("SIGSTOP");
  const thaw = () => void child.kill("SIGCONT");
  return { said, stop, freeze, thaw, kill, [Symbol.asyncDispose]: kill };
}

/** As if the time had passed in which a worker that lives gives a sign: its jobs are there for another at once. */
export async function missHeartbeats({ queue, store }: Pick<Rig, "queue" | "store">): Promise<void> {
  const { db } = store;
  await sql`update pgboss.job set heartbeat_on = now() - interval '1 hour'
    where name = ${queueName} and state = 'active'`.execute(db);
  await sql`update pgboss.queue set monitor_claim_on = null, monitor_on = null where name = ${queueName}`.execute(db);
  await queue.boss.supervise(queueName);
  await sql`update pgboss.job set start_after = now() where name = ${queueName} and state = 'retry'`.execute(db);
}
