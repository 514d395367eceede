import { z } from "zod";
import type { Intent, Wish } from "../domain/intent.ts";
import { toCommand } from "./to-command.ts";
import { typeOfIssue } from "./type-of-issue.ts";

const repository = z.object({
  name: z.string(),
  owner: z.object({ login: z.string() }),
  archived: z.boolean().optional(),
});
const installation = z.object({ id: z.number().int().positive() });

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
  repository,
  installation,
  sender: z.object({ login: z.string(), id: z.number().int() }),
});

/** What we need of GitHub's `push` payload. https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const push = z.object({
  ref: z.string(),
  deleted: z.boolean(),
  repository: repository.extend({ default_branch: z.string() }),
  installation,
});

/**
 * What a delivery means for us; `undefined` when it means nothing: another event, another label, a closed issue, a labelled pull request,
 * a push to another branch, a payload that is not what GitHub documents.
 */
export function toIntent(event: string, payload: unknown, label: string): Intent | undefined {
  switch (event) {
    case "issues":
      return wishOf(payload, label);
    case "issue_comment":
      return toCommand(payload);
    case "push":
      return moveOf(payload);
    default:
      return undefined;
  }
}

function wishOf(payload: unknown, label: string): Intent | undefined {
  const { data } = issuesLabeled.safeParse(payload);
  if (data === undefined || data.label.name.toLowerCase() !== label.toLowerCase()) return undefined;
  const { issue, sender } = data;
  if (issue.state !== "open" || issue.pull_request !== undefined || data.repository.archived === true) return undefined;
  const labels = issue.labels.map(({ name }) => name);
  return {
    type: "implement_issue",
    repo: repositoryOf(data),
    issue: issue.number,
    title: issue.title,
    body: issue.body ?? "",
    ticketType: typeOfIssue(labels, issue.title),
    priority: priorityOf(labels),
    requestedBy: { login: sender.login, id: sender.id },
  };
}

function moveOf(payload: unknown): Intent | undefined {
  const { data } = push.safeParse(payload);
  if (data === undefined || data.deleted || data.repository.archived === true) return undefined;
  if (data.ref !== `refs/heads/${data.repository.default_branch}`) return undefined;
  return { type: "prepare_snapshot", repo: repositoryOf(data) };
}

function repositoryOf(
  of: Pick<z.infer<typeof push>, "installation"> & { readonly repository: z.infer<typeof repository> },
) {
  return { owner: of.repository.owner.login, name: of.repository.name, installationId: of.installation.id };
}

function priorityOf(labels: readonly string[]): Wish["priority"] {
  const words = labels.map((label) => label.toLowerCase());
  if (words.some((word) => /^(priority[:/ -]*)?(high|urgent|critical|p0|p1)$/.test(word))) return "high";
  if (words.some((word) => /^(priority[:/ -]*)?(low|p3|p4)$/.test(word))) return "low";
  return "medium";
}
