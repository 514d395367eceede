import type { Delivery } from "../domain/intent.ts";
import type { Tx } from "./schema.ts";

/** Notes the delivery; whether it is new. */
export async function recordDelivery(tx: Tx, { id, event, action }: Delivery): Promise<boolean> {
  const inserted = await tx
    .insertInto("deliveries")
    .values({ id, event, action })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}
