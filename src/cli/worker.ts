import { readConfiguration } from "../compose/configuration.ts";
import { openDatabase } from "../compose/database.ts";
import { openLog } from "../compose/log.ts";
import { composeQueue, composeWorker } from "../compose/worker.ts";
import { NightshiftError } from "../domain/errors.ts";
import { untilStopped } from "./until-stopped.ts";
import type { Verb } from "./verb.ts";

export const worker: Verb<object> = {
  name: "worker",
  summary: "work on queued runs, without a web server; several on several machines share one DATABASE_URL",
  example: "DATABASE_URL=postgres://… nightshift worker",
  async run(_, { answer, config, signal, say }) {
    const configuration = await readConfiguration(process.env, process.cwd(), config);
    if (configuration.environment.databaseUrl === undefined) {
      throw new NightshiftError(
        "bad_settings",
        "A worker needs the DATABASE_URL of the server that `nightshift start` uses. On one machine `nightshift start` works by itself.",
      );
    }
    const log = openLog(configuration.environment);
    await using database = await openDatabase(configuration);
    await using queue = await composeQueue(database, log);
    await using running = await composeWorker(configuration, database, queue, log);
    const { models, sandboxes } = running.factory;
    const [model] = models.namesOf("code");
    const { concurrency } = configuration.settings.workers;
    answer(
      { model, sandbox: sandboxes.name, concurrency },
      `Working with ${model} in ${sandboxes.name} sandboxes, ${concurrency} runs at once.`,
    );
    await untilStopped(signal);
    say("Stopping. Runs under way go on where they are when a worker starts again.");
    return 0;
  },
};
