import { createHash } from "node:crypto";
import type { Db } from "./schema.ts";

/** The name under which bytes are kept: their SHA-256. */
export function hashOf(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Keeps bytes for good; the same bytes are kept once. Checkpoints, which are let go, come with their turns. */
export async function saveArtifact(db: Db, kind: string, content: Buffer): Promise<string> {
  const hash = hashOf(content);
  await db
    .insertInto("artifacts")
    .values({ hash, kind, content })
    .onConflict((conflict) => conflict.column("hash").doNothing())
    .execute();
  return hash;
}

export async function readArtifact(db: Db, hash: string): Promise<Buffer> {
  const found = await db.selectFrom("artifacts").select("content").where("hash", "=", hash).executeTakeFirstOrThrow();
  return found.content;
}
