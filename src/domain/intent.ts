import { z } from "zod";
import { command } from "./command.ts";
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
  z.object({
    type: z.literal("command"),
    repo: repository,
    /** Of the issue, or of the pull request, that it was said on. */
    number: z.number().int().positive(),
    /** The comment's id. */
    comment: z.number().int().positive(),
    command,
    by: person,
  }),
]);
export type Intent = Readonly<z.infer<typeof intent>>;
/** Somebody wants an issue done. */
export type Wish = Extract<Intent, { type: "implement_issue" }>;
/** Somebody at a repository of this machine wants something done. */
export type LocalWish = Pick<Wish, "repo" | "title" | "body" | "ticketType" | "priority" | "requestedBy"> & {
  /** By which the same wish is known again. */
  readonly externalId: string;
};
/** Somebody tells us by a comment what to do. */
export type CommandIntent = Extract<Intent, { type: "command" }>;

/** One webhook delivery. GitHub keeps the id when it delivers again. */
export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
}
