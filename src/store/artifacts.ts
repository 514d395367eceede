import { createHash } from "node:crypto";
import type { Db } from "./schema.ts";

/** Keeps bytes under their SHA-256; the same bytes are kept once. */
export async function saveArtifact(db: Db, kind: string, content: Buffer): Promise<string> {
  const hash = createHash("sha256").update(content).digest("hex");
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
