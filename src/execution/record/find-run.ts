import { NightshiftError } from "../../domain/errors.ts";
import { findRunIds } from "../../store/runs.ts";
import type { Db } from "../../store/schema.ts";

/** The id of the one run whose id begins so. @throws NightshiftError `bad_input` that says which there are. */
export async function findRun(db: Db, beginning: string): Promise<string> {
  const [runId, ...others] = beginning === "" ? [] : await findRunIds(db, beginning.toLowerCase());
  if (runId === undefined) {
    const newest = await findRunIds(db, "");
    throw bad(
      `${beginning.trim() === "" ? "No run is named." : `There is no run ${beginning}.`} ${newest.length === 0 ? "This database has none." : `Give an id or its first characters; the newest are ${newest.join(", ")}.`}`,
    );
  }
  if (others.length > 0) {
    throw bad(`Several runs begin with ${beginning}: ${[runId, ...others].join(", ")}. Give more of the id.`);
  }
  return runId;
}

function bad(message: string): NightshiftError {
  return new NightshiftError("bad_input", message);
}
