import { z } from "zod";
import { repository } from "./repository.ts";

export const ticketTypes = ["bug", "feature", "chore"] as const;
export const priorities = ["low", "medium", "high"] as const;
/** Where wishes come from: an issue on GitHub, or somebody at a repository of this machine. */
const ticketSources = ["github_issue", "local"] as const;

/** The ticket as agents and other systems exchange it (`schemas/ticket.schema.json`). */
export const ticketDocument = z.strictObject({
  id: z.string().min(1).describe("The name people know it by, like ENG-1042 or acme/shop#101"),
  type: z.enum(ticketTypes),
  priority: z.enum(priorities),
  context: z.strictObject({
    repo: z.string().min(1),
    filepaths: z.array(z.string()).default([]),
    error_logs: z.string().optional(),
  }),
  acceptance_criteria: z.array(z.string()).default([]),
});
export type TicketDocument = z.infer<typeof ticketDocument>;

export const ticketStates = [
  "queued",
  "planning",
  "coding",
  "testing",
  "reviewing",
  "ready",
  "waiting",
  "needs_human",
  "failed",
  "cancelled",
  "merged",
  "closed",
] as const;
export type TicketState = (typeof ticketStates)[number];

export const person = z.object({ login: z.string().min(1), id: z.number().int().nonnegative() });
/** An account on the forge. `id` is the forge's number for it, which survives a rename. */
export type Person = Readonly<z.infer<typeof person>>;

/** A unit of wanted work. `(repo, source, externalId)` is unique: one wish, one ticket, one branch, one pull request. */
export const ticket = z.object({
  id: z.uuid(),
  repo: repository,
  source: z.enum(ticketSources),
  /** The wish's name in its source: for a GitHub issue its number, else a short hash of its title. */
  externalId: z.string().min(1),
  type: z.enum(ticketTypes),
  priority: z.enum(priorities),
  title: z.string(),
  body: z.string(),
  requestedBy: person,
  state: z.enum(ticketStates),
  branch: z.string().nullable(),
  /** The commit that we pushed last to `branch`; anything else there is somebody else's work. */
  headSha: z.string().nullable(),
  pullNumber: z.number().int().positive().nullable(),
});
export type Ticket = Readonly<z.infer<typeof ticket>>;

/** The number of the GitHub issue behind a ticket; 0 where there is none. */
export function issueNumber(of: Pick<Ticket, "source" | "externalId">): number {
  return of.source === "github_issue" ? Number.parseInt(of.externalId, 10) : 0;
}

/** What is known of a ticket besides what it came with. */
export interface TicketDetails extends Partial<Pick<TicketDocument, "type" | "priority" | "acceptance_criteria">> {
  readonly filepaths?: readonly string[];
  readonly errorLogs?: string | undefined;
}

/** The ticket in the form that agents and other systems exchange. */
export function toDocument(of: Ticket, details: TicketDetails = {}): TicketDocument {
  const { filepaths = [], errorLogs } = details;
  return {
    id: `${of.repo.owner}/${of.repo.name}#${of.externalId}`,
    type: details.type ?? of.type,
    priority: details.priority ?? of.priority,
    context: {
      repo: of.repo.name,
      filepaths: [...filepaths],
      ...(errorLogs !== undefined && { error_logs: errorLogs }),
    },
    acceptance_criteria: details.acceptance_criteria ?? [],
  };
}
