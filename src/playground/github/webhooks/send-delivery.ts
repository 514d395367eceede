import { createHmac } from "node:crypto";
import type { Delivery, GitHubState } from "../github-state.ts";

/** How long GitHub waits for an answer. */
const timeoutMs = 10_000;

/** Posts one delivery and records how it was answered. Never rejects. */
export async function sendDelivery(github: GitHubState, delivery: Delivery): Promise<void> {
  const url = github.webhookUrl;
  if (url === undefined) return;
  const started = performance.now();
  delivery.deliveredAt = github.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: deliveryHeaders(github, delivery),
      body: delivery.payload,
      signal: AbortSignal.any([timeout, github.signal]),
    });
    await response.arrayBuffer();
    delivery.statusCode = response.status;
    delivery.status = response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`;
  } catch {
    delivery.statusCode = timeout.aborted ? 504 : 502;
    delivery.status = timeout.aborted ? "timed out" : "failed to connect to host";
  }
  delivery.durationMs = performance.now() - started;
  github.changed.dispatchEvent(new Event("change"));
}

/** What GitHub sends along; `@octokit/webhooks` checks the signature. */
function deliveryHeaders(github: GitHubState, delivery: Delivery): Record<string, string> {
  const sign = (algorithm: string) =>
    `${algorithm}=${createHmac(algorithm, github.app.webhookSecret).update(delivery.payload).digest("hex")}`;
  return {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/1a2b3c4",
    "x-github-delivery": delivery.guid,
    "x-github-event": delivery.event,
    "x-github-hook-id": String(github.app.id),
    "x-github-hook-installation-target-id": String(github.app.id),
    "x-github-hook-installation-target-type": "integration",
    "x-hub-signature": sign("sha1"),
    "x-hub-signature-256": sign("sha256"),
  };
}
