import { type Selectable, sql } from "kysely";
import { z } from "zod";
import { command } from "../domain/command.ts";
import type { CommandIntent, Delivery } from "../domain/intent.ts";
import { repository } from "../domain/repository.ts";
import { person } from "../domain/ticket.ts";
import type { Db, Schema, Tx } from "./schema.ts";
import { toJsonb } from "./to-jsonb.ts";

/** @returns its id. */
export async function insertCommand(
  tx: Tx,
  delivery: Delivery,
  { repo, number, comment, command, by }: CommandIntent,
): Promise<string> {
  const { id } = await tx
    .insertInto("commands")
    .values({
      deliveryId: delivery.id,
      owner: repo.owner,
      repo: repo.name,
      installationId: repo.installationId,
      number,
      commentId: comment,
      command: toJsonb(command),
      byLogin: by.login,
      byId: by.id,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

const asked = z.object({
  id: z.uuid(),
  repo: repository,
  number: z.number(),
  comment: z.number(),
  command,
  by: person,
  createdAt: z.date(),
});
/** A command that was given, and where. */
export type Asked = Readonly<z.infer<typeof asked>>;

/** A command that has not been answered yet. */
export async function findUnanswered(db: Db, id: string): Promise<Asked | undefined> {
  const row = await db
    .selectFrom("commands")
    .selectAll()
    .where("id", "=", id)
    .where("answeredAt", "is", null)
    .executeTakeFirst();
  return row && toAsked(row);
}

function toAsked(row: Selectable<Schema["commands"]>): Asked {
  return asked.parse({
    ...row,
    repo: { owner: row.owner, name: row.repo, installationId: row.installationId },
    comment: row.commentId,
    by: { login: row.byLogin, id: row.byId },
  });
}

/** The words on the same ticket that nobody has taken up yet, in the order in which they were said. */
export async function listReplies(db: Db, ticketId: string): Promise<readonly Asked[]> {
  const rows = await db
    .selectFrom("commands")
    .innerJoin("tickets", (join) =>
      join.onRef("tickets.owner", "=", "commands.owner").onRef("tickets.repo", "=", "commands.repo"),
    )
    .selectAll("commands")
    .where("tickets.id", "=", ticketId)
    .where(sql<boolean>`(commands.number::text = tickets.external_id or commands.number = tickets.pull_number)`)
    .where(sql<boolean>`commands.command ->> 'verb' = 'reply'`)
    .where("answeredAt", "is", null)
    .orderBy("commands.createdAt")
    .orderBy("commands.commentId")
    .execute();
  return rows.map(toAsked);
}

export async function listUnanswered(db: Db): Promise<readonly string[]> {
  const rows = await db.selectFrom("commands").select("id").where("answeredAt", "is", null).execute();
  return rows.map(({ id }) => id);
}

export async function markAnswered(db: Db, id: string): Promise<void> {
  await db.updateTable("commands").set({ answeredAt: new Date() }).where("id", "=", id).execute();
}
