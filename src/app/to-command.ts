import { z } from "zod";
import { type Command, parseCommand } from "../domain/command.ts";
import type { CommandIntent } from "../domain/intent.ts";
import { visibleText } from "../domain/quote-untrusted.ts";

/**
 * What we need of GitHub's `issue_comment` payload with the action `created`, which is also that of a pull request's conversation.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
 */
const commentCreated = z.object({
  action: z.literal("created"),
  issue: z.object({
    number: z.number().int().positive(),
    state: z.literal("open"),
    user: z.object({ id: z.number() }).nullish(),
    pull_request: z.unknown().optional(),
  }),
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

/** The command in a new comment by a person on what is open, else the comment's words; `undefined` when it has none. */
export function toCommand(payload: unknown): CommandIntent | undefined {
  const { data } = commentCreated.safeParse(payload);
  if (data === undefined) return undefined;
  const { issue, comment, repository, installation, sender } = data;
  const byAuthor = issue.pull_request === undefined && issue.user?.id === sender.id;
  const command = parseCommand(comment.body) ?? replyOf(comment.body, byAuthor);
  if (command === undefined) return undefined;
  return {
    type: "command",
    repo: { owner: repository.owner.login, name: repository.name, installationId: installation.id },
    number: issue.number,
    comment: comment.id,
    command,
    by: { login: sender.login, id: sender.id },
  };
}

/** GitHub takes comments of 65,536 characters; an answer needs fewer. */
const longest = 20_000;

function replyOf(body: string, byAuthor: boolean): Command | undefined {
  const text = visibleText(body).slice(0, longest);
  return text === "" ? undefined : { verb: "reply", text, byAuthor };
}
