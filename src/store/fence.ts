import { NightshiftError } from "../domain/errors.ts";
import type { Lease } from "./runs.ts";
import type { Tx } from "./schema.ts";

/**
 * Holds the run's row for the rest of the transaction if the lease is still ours.
 * @throws NightshiftError `lease_lost` when another worker has taken the run: stop quietly.
 */
export async function fenced(tx: Tx, lease: Lease): Promise<void> {
  const mine = await tx
    .selectFrom("runs")
    .select("id")
    .where("id", "=", lease.runId)
    .where("lease", "=", lease.lease)
    .where("status", "=", "running")
    .forUpdate()
    .executeTakeFirst();
  if (mine === undefined) throw leaseLost(lease);
}

export function leaseLost({ runId }: Lease): NightshiftError {
  return new NightshiftError("lease_lost", `Run ${runId} was taken over by another worker or has ended.`);
}
