import { sql } from "kysely";
import type { Repository } from "../domain/repository.ts";
import { isLeaseAlive, type Lease } from "./runs.ts";
import type { Db } from "./schema.ts";

const signEveryMs = 15_000;
/** By the database's clock, so that those of the machines need not agree. */
const isAlive = sql<boolean>`last_sign_at > now() - interval '60 seconds'`;

/** The preparation of a snapshot that is under way, told of in the database until it is disposed of. */
export interface OpenPreparation extends AsyncDisposable {
  /** What its sandbox is made under. */
  readonly lease: Lease;
}

export async function openPreparation(db: Db, { owner, name }: Repository): Promise<OpenPreparation> {
  await db.deleteFrom("preparations").where(sql<boolean>`not ${isAlive}`).execute();
  const { id } = await db
    .insertInto("preparations")
    .values({ owner, repo: name })
    .returning("id")
    .executeTakeFirstOrThrow();
  const sign = () => {
    // One that is missed is made up for by the next. After too many the sandbox is taken away, and that is seen there.
    db.updateTable("preparations")
      .set({ lastSignAt: sql`now()` })
      .where("id", "=", id)
      .execute()
      .catch(() => undefined);
  };
  const timer = setInterval(sign, signEveryMs).unref();
  return {
    lease: { runId: id, lease: 1 },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await db.deleteFrom("preparations").where("id", "=", id).execute();
    },
  };
}

/** Whether anybody may still be at work in the sandbox that was made under this lease: a run's worker, or a preparation. */
export async function isInUse(db: Db, lease: Lease): Promise<boolean> {
  if (await isLeaseAlive(db, lease)) return true;
  const alive = await db
    .selectFrom("preparations")
    .select("id")
    .where("id", "=", lease.runId)
    .where(isAlive)
    .executeTakeFirst();
  return alive !== undefined;
}
