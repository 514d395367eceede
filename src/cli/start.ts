import { existsSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { run as runProbot } from "probot";
import { SmeeClient } from "smee-client";
import { type Configuration, readConfiguration } from "../compose/configuration.ts";
import { openDatabase } from "../compose/database.ts";
import { openLog } from "../compose/log.ts";
import { composeServer } from "../compose/server.ts";
import { composeQueue, composeWorker } from "../compose/worker.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import { untilStopped } from "./until-stopped.ts";
import type { Verb, VerbContext } from "./verb.ts";

export const start: Verb<object> = {
  name: "start",
  summary: "take GitHub's deliveries and work on them; before the App exists, serve the page that makes it",
  example: "nightshift start --config nightshift.yaml",
  async run(_, context) {
    const configuration = await readConfiguration(process.env, process.cwd(), context.config);
    if (configuration.environment.app === undefined) return await serveSetup(configuration, context);

    const { answer, signal, say } = context;
    const log = openLog(configuration.environment);
    await using database = await openDatabase(configuration);
    await using queue = await composeQueue(database, log);
    await using worker = await composeWorker(configuration, database, queue, log);
    await using server = await composeServer(configuration, database, queue, log);
    const { models, sandboxes } = worker.factory;
    const [model] = models.namesOf("code");
    answer(
      { url: server.url, model, sandbox: sandboxes.name },
      `Nightshift takes deliveries at ${server.url}/api/github/webhooks and works with ${model} in ${sandboxes.name} sandboxes.`,
    );
    await untilStopped(signal);
    say("Stopping. Runs under way go on where they are when Nightshift starts again.");
    return 0;
  },
};

/** Probot's own page, which makes the App from `app.yml` and writes its credentials to `.env`. */
async function serveSetup({ environment }: Configuration, { answer, signal }: VerbContext): Promise<0> {
  if (!existsSync("app.yml")) {
    throw new NightshiftError(
      "bad_settings",
      "No GitHub App is set up: APP_ID is not set. To make one, run `npm start` in Nightshift's own folder, where app.yml is.",
    );
  }
  // Probot keeps the mode of a file that is there; the key is for nobody else to read.
  await appendFile(".env", "", { mode: 0o600 });
  const { host, port } = environment;
  const server = await runProbot(() => undefined, {
    env: { ...process.env, HOST: host, PORT: String(port) },
    // Its welcome would bury the one line that matters, and so would the stack of what is told in words here.
    log: openLog({ ...environment, logLevel: "fatal" }).logger,
    SmeeClient,
  }).catch((cause: unknown) => {
    throw new NightshiftError("bad_settings", `The set-up page cannot be served: ${explain(cause)}`, { cause });
  });
  const url = `http://${host}:${server.port}`;
  answer({ url, setup: true }, `No GitHub App is set up yet. Open ${url} to make one; then start Nightshift again.`);
  await untilStopped(signal);
  await server.stop();
  return 0;
}
