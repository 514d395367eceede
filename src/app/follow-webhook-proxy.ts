import { SmeeClient } from "smee-client";

export interface WebhookProxyOptions {
  /** A channel of smee.io, or of a server like it. */
  readonly source: string;
  /** Our own address for deliveries. */
  readonly target: string;
  readonly log: { info(message: string): void; error(message: string): void };
}

/** Takes deliveries from a channel on the public internet, for a machine that GitHub cannot reach. Until it is disposed of. */
export async function followWebhookProxy({ source, target, log }: WebhookProxyOptions): Promise<AsyncDisposable> {
  const logger = { info: (text: unknown) => log.info(String(text)), error: (text: unknown) => log.error(String(text)) };
  const client = new SmeeClient({ source, target, logger });
  await client.start();
  return { [Symbol.asyncDispose]: () => client.stop() };
}
