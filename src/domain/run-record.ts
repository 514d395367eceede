import { z } from "zod";
import { evidence } from "./evidence.ts";
import { sandboxProviders } from "./sandbox.ts";
import { ticketDocument } from "./ticket.ts";

/** What one run did, for machines: `schemas/run-record.schema.json`, and what `demo --json` prints. */
export const runRecord = z.strictObject({
  ticket: ticketDocument,
  pull_request: z
    .strictObject({
      number: z.number().int().positive(),
      branch: z.string(),
      head_sha: z.string(),
      url: z.string(),
      draft: z.boolean(),
    })
    .nullable(),
  evidence,
  turns: z.number().int().nonnegative(),
  cost_usd: z.number().nonnegative(),
  sandbox: z.enum(sandboxProviders),
  model: z.string(),
  duration_ms: z.number().nonnegative(),
});
export type RunRecord = Readonly<z.infer<typeof runRecord>>;
