import type { WebhookEventDefinition } from "@octokit/webhooks/types";
import type { Account, GitHubState, Issue, Label, StoredRepository } from "../github-state.ts";
import { issueShape } from "../shapes/issue.ts";
import { labelShape } from "../shapes/label.ts";
import { simpleUser } from "../shapes/simple-user.ts";
import type { WebhookEvent } from "./deliver.ts";
import { eventBase } from "./event-base.ts";

export type IssueAction =
  | { readonly action: "opened"; readonly sender: Account }
  | { readonly action: "labeled" | "unlabeled"; readonly sender: Account; readonly label: Label };

/** The `issues` webhook, as GitHub documents it for each action. */
export function issueEvent(github: GitHubState, repo: StoredRepository, issue: Issue, what: IssueAction): WebhookEvent {
  const common = {
    issue: issueShape(github, repo, issue),
    ...eventBase(github, repo),
    sender: simpleUser(github, what.sender),
  };
  switch (what.action) {
    case "opened": {
      const payload = { ...common, action: what.action };
      return { name: "issues", payload: payload satisfies WebhookEventDefinition<"issues-opened"> };
    }
    case "labeled": {
      const payload = { ...common, action: what.action, label: labelShape(github, repo, what.label) };
      return { name: "issues", payload: payload satisfies WebhookEventDefinition<"issues-labeled"> };
    }
    case "unlabeled": {
      const payload = { ...common, action: what.action, label: labelShape(github, repo, what.label) };
      return { name: "issues", payload: payload satisfies WebhookEventDefinition<"issues-unlabeled"> };
    }
    default:
      return what satisfies never;
  }
}
