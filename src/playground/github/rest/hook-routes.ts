import { requireApp } from "../access.ts";
import { notFound } from "../api-error.ts";
import type { Delivery, GitHubState } from "../github-state.ts";
import type { Schemas } from "../shapes/schemas.ts";
import { timestamp } from "../shapes/timestamp.ts";
import { redeliver } from "../webhooks/deliver.ts";
import type { RestContext, RestRoutes } from "./rest-app.ts";

/** The App's own record of its webhook deliveries: all that is left of one that failed. */
export function hookRoutes(api: RestRoutes, github: GitHubState): void {
  api.get("/app/hook/deliveries", (c) => {
    requireApp(c);
    const perPage = Math.min(Number.parseInt(c.req.query("per_page") ?? "30", 10) || 30, 100);
    const before = Number.parseInt(c.req.query("cursor")?.replace(/^v1_/, "") ?? "", 10) || Number.POSITIVE_INFINITY;
    const status = c.req.query("status");
    const sent = github.deliveries
      .filter((each) => each.statusCode !== null && each.id < before)
      .filter((each) => status === undefined || (status === "success") === isSuccess(each))
      .reverse();
    const page = sent.slice(0, perPage);
    const last = page.at(-1);
    if (sent.length > perPage && last !== undefined) {
      const query = new URLSearchParams({ ...c.req.query(), per_page: String(perPage), cursor: `v1_${last.id}` });
      c.header("link", `<${github.apiUrl}/app/hook/deliveries?${query}>; rel="next"`);
    }
    return c.json(page.map(deliveryItem));
  });
  api.get("/app/hook/deliveries/:id{[0-9]+}", (c) => {
    requireApp(c);
    const delivery = deliveryIn(github, c);
    return c.json({
      ...deliveryItem(delivery),
      url: github.webhookUrl ?? "",
      request: { headers: { "X-GitHub-Delivery": delivery.guid }, payload: JSON.parse(delivery.payload) },
      response: { headers: {}, payload: null },
    } satisfies Schemas["hook-delivery"]);
  });
  api.post("/app/hook/deliveries/:id{[0-9]+}/attempts", (c) => {
    requireApp(c);
    // Sent after the answer, as GitHub does; how it went is in the list of deliveries.
    void redeliver(github, deliveryIn(github, c).guid);
    return c.json({}, 202);
  });
}

function deliveryIn(github: GitHubState, c: RestContext): Delivery {
  const delivery = github.deliveries.find((each) => each.id === Number(c.req.param("id")));
  if (delivery === undefined) throw notFound();
  return delivery;
}

function deliveryItem(delivery: Delivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: timestamp(delivery.deliveredAt),
    redelivery: delivery.redelivery,
    duration: Number((delivery.durationMs / 1000).toFixed(2)),
    status: delivery.status,
    status_code: delivery.statusCode ?? 0,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  } satisfies Schemas["hook-delivery-item"];
}

function isSuccess(delivery: Delivery): boolean {
  return delivery.statusCode !== null && delivery.statusCode < 400;
}
