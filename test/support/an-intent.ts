import type { Delivery, Intent, Wish } from "../../src/domain/intent.ts";

export function anIntent(of: Partial<Wish> = {}): Wish {
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

/** The default branch of a repository has moved. */
export function aMove(name = "shop", installationId = 7): Intent {
  return { type: "prepare_snapshot", repo: { owner: "acme", name, installationId } };
}

export function aDelivery(id: string): Delivery {
  return { id, event: "issues", action: "labeled" };
}
