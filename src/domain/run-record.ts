import { z } from "zod";
import { evidence } from "./evidence.ts";
import { guardFinding } from "./guard-finding.ts";
import { runStatuses } from "./run.ts";
import { ticketDocument } from "./ticket.ts";

/** What one run did, for machines: `schemas/run-record.schema.json`, and what `demo --json` prints. */
export const runRecord = z.strictObject({
  ticket: ticketDocument,
  status: z.enum(runStatuses),
  /** How it ended, for people. */
  reason: z.string().nullable(),
  pull_request: z
    .strictObject({
      /** `null` where there is a branch alone, as in a repository of this machine, and `url` its name. */
      number: z.number().int().positive().nullable(),
      branch: z.string(),
      head_sha: z.string(),
      url: z.string(),
      draft: z.boolean(),
    })
    .nullable(),
  evidence,
  /** What rules found in the change; empty where nothing was published either. */
  findings: z.array(guardFinding),
  turns: z.number().int().nonnegative(),
  cost_usd: z.number().nonnegative(),
  /** Both `null` before a worker has taken the run. */
  sandbox: z.string().nullable(),
  model: z.string().nullable(),
  duration_ms: z.number().nonnegative(),
});
export type RunRecord = Readonly<z.infer<typeof runRecord>>;
