import type { Db } from "../../store/schema.ts";
import { listWaivers } from "../../store/waivers.ts";
import { bestOf, recordedRounds } from "../round.ts";
import { withWaived } from "../with-waived.ts";
import { waivedLines } from "./waiver-lines.ts";

/** What of a run's change people have accepted, as a paragraph and a list; nothing where nothing was. */
export async function waivedInRun(
  db: Db,
  { id, ticketId }: { readonly id: string; readonly ticketId: string },
): Promise<readonly string[]> {
  const waivers = await listWaivers(db, ticketId);
  if (waivers.length === 0) return [];
  const lines = waivedLines(bestOf(withWaived(await recordedRounds(db, id), waivers))?.findings ?? []);
  return lines.length === 0 ? [] : ["What rules held against the change and people took on:", lines.join("\n")];
}
