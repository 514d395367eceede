import { readConfiguration } from "../compose/configuration.ts";
import { openDatabase } from "../compose/database.ts";
import type { Verb } from "./verb.ts";

export const migrate: Verb<object> = {
  name: "migrate",
  summary: "bring the database schema up to date (start and worker do it too)",
  example: "DATABASE_URL=postgres://… nightshift migrate",
  async run(_, { answer, config }) {
    const configuration = await readConfiguration(process.env, process.cwd(), config);
    await using database = await openDatabase(configuration);
    const { applied } = database;
    answer({ applied }, applied.length === 0 ? "The schema is up to date." : `Applied: ${applied.join(", ")}`);
    return 0;
  },
};
