import { sql } from "kysely";
import { webhookPath } from "../../src/app/webhook-server.ts";
import { openDatabase } from "../../src/compose/database.ts";
import { openLog } from "../../src/compose/log.ts";
import { composeServer } from "../../src/compose/server.ts";
import { composeQueue } from "../../src/compose/worker.ts";
import { startBareProbot } from "./bare-probot.ts";
import type { Bench } from "./bench.ts";
import { configurationOf, temporaryFolder, throwawayApp } from "./factory-floor.ts";
import { inTurns, type Sample } from "./measure.ts";
import { startLoad } from "./start-load.ts";

/** As fast as they are answered, which says what the server can take. */
const rush = { count: 1200, concurrency: 16 };
/** One after the other, which says what one delivery waits for. */
const single = { count: 200, concurrency: 1 };

const units = {
  single_median: "ms",
  deliveries_per_second: "1/s",
  p99: "ms",
  redeliveries_per_second: "1/s",
  redeliveries_p99: "ms",
};

/**
 * Signed `issues.labeled` deliveries to our server, each a new issue and so a ticket, a run and a job, then the same ones again;
 * beside a Probot server whose handler does nothing, and one whose handler commits one row.
 */
export const ingest: Bench = async (context) => {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const app = throwawayApp();
  const configuration = configurationOf({ app, dataDir: folder.path });
  const log = openLog(configuration.environment);
  const database = parts.use(await openDatabase(configuration));
  const { db } = database;
  const queue = parts.use(await composeQueue(database, log));
  const server = parts.use(await composeServer(configuration, database, queue, log));
  const bare = parts.use(await startBareProbot(app, log, async () => undefined));
  await sql`create table bench_rows (id text not null)`.execute(db);
  const withRow = parts.use(
    await startBareProbot(app, log, async (id) => {
      await sql`insert into bench_rows (id) values (${id})`.execute(db);
    }),
  );
  const load = parts.use(await startLoad());

  let nextIssue = 1;
  const send = (to: { readonly url: string }, firstIssue: number, how: typeof rush) =>
    load.send({ url: `${to.url}${webhookPath}`, secret: app.webhookSecret, firstIssue, ...how });
  const deliverTo = async (to: { readonly url: string }): Promise<Sample> => {
    const firstIssue = nextIssue;
    nextIssue += rush.count + single.count;
    const fresh = await send(to, firstIssue, rush);
    const again = await send(to, firstIssue, rush);
    const alone = await send(to, firstIssue + rush.count, single);
    return {
      single_median: alone.medianMs,
      deliveries_per_second: fresh.perSecond,
      p99: fresh.p99Ms,
      redeliveries_per_second: again.perSecond,
      redeliveries_p99: again.p99Ms,
    };
  };
  const rounds = 5;
  const measures = await inTurns(
    {
      units,
      rounds,
      ours: () => deliverTo(server),
      peers: { bare_probot: () => deliverTo(bare), probot_with_one_insert: () => deliverTo(withRow) },
    },
    context,
  );
  const { runs } = await db
    .selectFrom("runs")
    .select((of) => of.fn.countAll<number>().as("runs"))
    .executeTakeFirstOrThrow();
  const expected = (rounds + 1) * (rush.count + single.count);
  if (runs !== expected) throw new Error(`${expected} deliveries made ${runs} runs.`);
  return measures;
};
