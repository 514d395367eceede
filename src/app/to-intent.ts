import { z } from "zod";
import type { ImplementIssue, Intent } from "../domain/intent.ts";
import { toCommand } from "./to-command.ts";
import { typeOfIssue } from "./type-of-issue.ts";

/** What we need of GitHub's `issues` payload with the action `labeled`. https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues */
const issuesLabeled = z.object({
  action: z.literal("labeled"),
  label: z.object({ name: z.string() }),
  issue: z.object({
    number: z.number().int().positive(),
    title: z.string(),
    body: z.string().nullish(),
    state: z.string(),
    labels: z.array(z.object({ name: z.string() })).default([]),
    pull_request: z.unknown().optional(),
  }),
  repository: z.object({ name: z.string(), owner: z.object({ login: z.string() }), archived: z.boolean().optional() }),
  installation: z.object({ id: z.number().int().positive() }),
  sender: z.object({ login: z.string(), id: z.number().int() }),
});

/**
 * What a delivery means for us; `undefined` when it means nothing: another event, another label, a closed issue, a labelled pull request,
 * a payload that is not what GitHub documents.
 */
export function toIntent(event: string, payload: unknown, label: string): Intent | undefined {
  if (event === "issue_comment") return toCommand(payload);
  if (event !== "issues") return undefined;
  const { data } = issuesLabeled.safeParse(payload);
  if (data === undefined || data.label.name.toLowerCase() !== label.toLowerCase()) return undefined;
  const { issue, repository, installation, sender } = data;
  if (issue.state !== "open" || issue.pull_request !== undefined || repository.archived === true) return undefined;
  const labels = issue.labels.map(({ name }) => name);
  return {
    type: "implement_issue",
    repo: { owner: repository.owner.login, name: repository.name, installationId: installation.id },
    issue: issue.number,
    title: issue.title,
    body: issue.body ?? "",
    ticketType: typeOfIssue(labels, issue.title),
    priority: priorityOf(labels),
    requestedBy: { login: sender.login, id: sender.id },
  };
}

function priorityOf(labels: readonly string[]): ImplementIssue["priority"] {
  const words = labels.map((label) => label.toLowerCase());
  if (words.some((word) => /^(priority[:/ -]*)?(high|urgent|critical|p0|p1)$/.test(word))) return "high";
  if (words.some((word) => /^(priority[:/ -]*)?(low|p3|p4)$/.test(word))) return "low";
  return "medium";
}
