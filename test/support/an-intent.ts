import type { Delivery, ImplementIssue } from "../../src/domain/intent.ts";

export function anIntent(of: Partial<ImplementIssue> = {}): ImplementIssue {
  return {
    type: "implement_issue",
    repo: { owner: "acme", name: "shop", installationId: 7 },
    issue: 101,
    title: "Cart total is wrong",
    body: "It is a cent off.",
    ticketType: "bug",
    priority: "medium",
    requestedBy: { login: "ada", id: 11 },
    ...of,
  };
}

export function aDelivery(id: string): Delivery {
  return { id, event: "issues", action: "labeled" };
}
