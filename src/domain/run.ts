import { z } from "zod";
import { asks } from "./asks.ts";

export const runKinds = ["implement"] as const;
export type RunKind = (typeof runKinds)[number];

export const runStatuses = ["queued", "running", "succeeded", "needs_human", "waiting", "failed", "cancelled"] as const;
export type RunStatus = (typeof runStatuses)[number];

/** One attempt of the factory at something. */
export const run = z.object({
  id: z.uuid(),
  ticketId: z.uuid(),
  kind: z.enum(runKinds),
  status: z.enum(runStatuses),
  /** Who asked for this attempt. */
  requestedBy: z.object({ login: z.string(), id: z.number().int() }),
  /** Counts the workers that have taken this run. Only the newest may write: it is the fence against a worker believed dead. */
  lease: z.number().int().nonnegative(),
  /** From what was pushed for its ticket before, instead of from the base. */
  goesOn: z.boolean(),
  createdAt: z.date(),
});
export type Run = Readonly<z.infer<typeof run>>;

/** How a run ended, as its workflow returns it. */
export const outcome = z.discriminatedUnion("status", [
  z.object({ status: z.literal("succeeded"), summary: z.string() }),
  /** `asks`: for what people have to say. Their words go on with it; without it something has to be mended first. */
  z.object({ status: z.literal("waiting"), reason: z.string(), asks: asks.optional() }),
  z.object({ status: z.enum(["needs_human", "failed", "cancelled"]), reason: z.string() }),
]);
export type Outcome = Readonly<z.infer<typeof outcome>>;
