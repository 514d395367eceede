import { type GuardRule, guardRules } from "../domain/guard-finding.ts";
import type { Person } from "../domain/ticket.ts";
import type { Waiver } from "../domain/waiver.ts";
import type { Db, Tx } from "./schema.ts";
import { storable } from "./to-jsonb.ts";

/** What people have accepted on a ticket, the oldest first. */
export async function listWaivers(db: Db, ticketId: string): Promise<readonly Waiver[]> {
  const rows = await db
    .selectFrom("waivers")
    .selectAll()
    .where("ticketId", "=", ticketId)
    .orderBy("waivedAt")
    .orderBy("rule")
    .orderBy("file")
    .execute();
  return rows.flatMap(({ headSha, rule, file, text, byLogin: by, reason, waivedAt: at }) => {
    const known = guardRules.find((it) => it === rule);
    return known === undefined ? [] : [{ headSha, rule: known, file, text, by, reason, at }];
  });
}

export async function insertWaivers(
  tx: Tx,
  ticketId: string,
  findings: readonly { readonly rule: GuardRule; readonly file: string; readonly text: string }[],
  { headSha, by, reason }: { readonly headSha: string; readonly by: Person; readonly reason: string | null },
): Promise<void> {
  const rows = findings.map(({ rule, file, text }) => ({
    ...{ ticketId, headSha, rule, file: storable(file), text: storable(text) },
    ...{ byLogin: by.login, byId: by.id, reason: reason === null ? null : storable(reason) },
  }));
  await tx.insertInto("waivers").values(rows).execute();
}
