import { createHmac } from "node:crypto";
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { z } from "zod";
import { median, quantile } from "./measure.ts";

/** Deliveries to make: the issues from `firstIssue` on, one each. The same ones again are redeliveries. */
export interface LoadRequest {
  readonly url: string;
  readonly secret: string;
  readonly firstIssue: number;
  readonly count: number;
  readonly concurrency: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** How many got each status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** GitHub's own examples; the package is one JSON file, which its types do not say. */
const webhooks = z
  .array(z.object({ examples: z.array(z.unknown()) }))
  .parse(createRequire(import.meta.url)("@octokit/webhooks-examples"));
const labeled = z.looseObject({
  action: z.literal("labeled"),
  issue: z.looseObject({}),
  label: z.looseObject({}),
});
const example = labeled.parse(
  webhooks.flatMap((webhook) => webhook.examples).find((of) => labeled.safeParse(of).success),
);

interface Delivery {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

// A process of its own, so that making deliveries does not take turns with answering them.
process.on("message", (asked: LoadRequest) => {
  deliver(asked).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});

async function deliver({ url, concurrency, ...asked }: LoadRequest): Promise<LoadResult> {
  const deliveries = Array.from({ length: asked.count }, (_, at) => deliveryOf(asked.firstIssue + at, asked.secret));
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const times: number[] = [];
  const statuses: Record<string, number> = {};
  const waiting = deliveries.values();
  const sender = async () => {
    for (const delivery of waiting) {
      const started = performance.now();
      const status = await post(url, delivery, agent);
      times.push(performance.now() - started);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, sender));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return { perSecond: asked.count / seconds, medianMs: median(times), p99Ms: quantile(times, 0.99), statuses };
}

/** GitHub's own example of `issues.labeled`, of another issue each time, as GitHub would sign and send it. */
function deliveryOf(number: number, secret: string): Delivery {
  const body = Buffer.from(
    JSON.stringify({
      ...example,
      issue: { ...example.issue, id: number, number },
      label: { ...example.label, name: "ready-for-robot" },
      installation: { id: 1 },
    }),
  );
  return {
    body,
    headers: {
      "content-type": "application/json",
      "content-length": String(body.length),
      "x-github-event": "issues",
      "x-github-delivery": `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    },
  };
}

function post(url: string, { body, headers }: Delivery, agent: Agent): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  request(url, { method: "POST", agent, headers }, (response) => {
    response.on("end", () => resolve(response.statusCode ?? 0)).resume();
  })
    .on("error", reject)
    .end(body);
  return promise;
}
