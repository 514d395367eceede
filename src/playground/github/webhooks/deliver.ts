import { randomUUID } from "node:crypto";
import { NightshiftError } from "../../../domain/errors.ts";
import type { Delivery, GitHubState, StoredRepository } from "../github-state.ts";
import { sendDelivery } from "./send-delivery.ts";

export interface WebhookEvent {
  readonly name: string;
  readonly payload: { readonly action?: string; readonly repository: object };
}

/**
 * Sends the event to the App if it is installed there, subscribes to it and has a webhook address.
 * Settles when it is answered, timed out or held; never tries again. Returns `X-GitHub-Delivery`.
 */
export async function deliver(github: GitHubState, repo: StoredRepository, event: WebhookEvent): Promise<string> {
  const guid = randomUUID();
  const heard = repo.installation !== undefined && github.app.events.includes(event.name);
  if (!heard || github.webhookUrl === undefined) return guid;
  const delivery = {
    guid,
    event: event.name,
    action: event.payload.action ?? null,
    payload: JSON.stringify(event.payload),
    redelivery: false,
    installationId: repo.installation?.id ?? null,
    repositoryId: repo.id,
  };
  const copies = github.duplicates > 0 ? 2 : 1;
  github.duplicates = Math.max(0, github.duplicates - 1);
  await Promise.all(Array.from({ length: copies }, () => sendOrHold(github, record(github, delivery))));
  return guid;
}

/** Sends a recorded event again under the same `X-GitHub-Delivery`, as the button on GitHub's pages does. */
export async function redeliver(github: GitHubState, guid: string): Promise<Delivery> {
  const original = github.deliveries.find((each) => each.guid === guid);
  if (original === undefined) {
    throw new NightshiftError("bad_input", `No delivery ${guid} was made: was a webhook address set before?`);
  }
  const again = record(github, { ...original, redelivery: true });
  await sendDelivery(github, again);
  return again;
}

/** Lets go what was held, in the order given. */
export async function releaseDeliveries(github: GitHubState, order: "as_made" | "reversed"): Promise<void> {
  const held = github.held ?? [];
  github.held = undefined;
  for (const delivery of order === "reversed" ? held.toReversed() : held) await sendDelivery(github, delivery);
}

type Unsent = Omit<Delivery, "id" | "deliveredAt" | "durationMs" | "statusCode" | "status">;

function record(github: GitHubState, unsent: Unsent): Delivery {
  const delivery = {
    ...unsent,
    id: github.nextId(),
    deliveredAt: github.now(),
    durationMs: 0,
    statusCode: null,
    status: "pending",
  };
  github.deliveries.push(delivery);
  return delivery;
}

async function sendOrHold(github: GitHubState, delivery: Delivery): Promise<void> {
  if (github.held === undefined) await sendDelivery(github, delivery);
  else github.held.push(delivery);
}
