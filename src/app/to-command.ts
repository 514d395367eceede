import { z } from "zod";
import { parseCommand } from "../domain/command.ts";
import type { CommandIntent } from "../domain/intent.ts";

/**
 * What we need of GitHub's `issue_comment` payload with the action `created`, which is also that of a pull request's conversation.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
 */
const commentCreated = z.object({
  action: z.literal("created"),
  issue: z.object({ number: z.number().int().positive(), state: z.literal("open") }),
  comment: z.object({
    id: z.number().int().positive(),
    body: z.string(),
    // By an App, also in a person's name.
    performed_via_github_app: z.null().optional(),
  }),
  repository: z.object({
    name: z.string(),
    owner: z.object({ login: z.string() }),
    archived: z.literal(false).optional(),
  }),
  installation: z.object({ id: z.number().int().positive() }),
  sender: z.object({ login: z.string(), id: z.number().int(), type: z.literal("User") }),
});

/** The command in a new comment by a person on what is open; `undefined` when there is none. */
export function toCommand(payload: unknown): CommandIntent | undefined {
  const { data } = commentCreated.safeParse(payload);
  const command = data && parseCommand(data.comment.body);
  if (data === undefined || command === undefined) return undefined;
  const { issue, comment, repository, installation, sender } = data;
  return {
    type: "command",
    repo: { owner: repository.owner.login, name: repository.name, installationId: installation.id },
    number: issue.number,
    comment: comment.id,
    command,
    by: { login: sender.login, id: sender.id },
  };
}
