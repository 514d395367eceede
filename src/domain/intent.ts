import { z } from "zod";
import { repository } from "./repository.ts";
import { person, priorities, ticketTypes } from "./ticket.ts";

/** What a webhook delivery means for us, as data. */
export const intent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("implement_issue"),
    repo: repository,
    issue: z.number().int().positive(),
    title: z.string(),
    body: z.string(),
    ticketType: z.enum(ticketTypes),
    priority: z.enum(priorities),
    requestedBy: person,
  }),
  // The default branch has moved.
  z.object({ type: z.literal("prepare_snapshot"), repo: repository }),
]);
export type Intent = Readonly<z.infer<typeof intent>>;
/** Somebody wants an issue done. */
export type Wish = Extract<Intent, { type: "implement_issue" }>;

/** One webhook delivery. GitHub keeps the id when it delivers again. */
export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
}
