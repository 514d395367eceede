import { explain } from "../../domain/errors.ts";
import type { HealthCheck } from "../../domain/health.ts";
import type { GitHub } from "./github.ts";

const events = ["issues", "push"];
const needed = ["checks", "contents", "issues", "pull_requests"] as const;

type Held = Readonly<Record<string, unknown>>;

/** Whether GitHub knows the App, and the App may do its job where it is installed. */
export async function checkGitHub(github: GitHub): Promise<readonly HealthCheck[]> {
  try {
    const { data } = await github.asApp({ doing: "sign in as the App" }, (client) =>
      client.rest.apps.getAuthenticated(),
    );
    const slug = data?.slug ?? "";
    const signedIn = { name: "GitHub App", ok: true, detail: `${slug} (App ${data?.id}) at ${github.webUrl}` };
    return [
      signedIn,
      checkPermissions(github, slug, data?.permissions ?? {}),
      await checkInstallations(github, slug),
      checkEvents(github, slug, data?.events ?? []),
    ];
  } catch (error) {
    const remedy = `Check the App's id, its private key and the address ${github.webUrl}: ${github.webUrl}/settings/apps shows your Apps.`;
    return [{ name: "GitHub App", ok: false, detail: explain(error), remedy }];
  }
}

function checkPermissions({ webUrl }: GitHub, slug: string, held: Held): HealthCheck {
  const name = "GitHub App permissions";
  const lacking = lackingOf(held);
  if (lacking.length === 0) return { name, ok: true, detail: needed.map((each) => `${each}: write`).join(", ") };
  const remedy = `Grant them at ${webUrl}/settings/apps/${slug}/permissions (an organisation's App: under its own settings), then accept them in each installation.`;
  return { name, ok: false, detail: `lacks ${lacking.join(", ")}`, remedy };
}

function checkEvents({ webUrl }: GitHub, slug: string, heard: readonly string[]): HealthCheck {
  const name = "GitHub App events";
  const missing = events.filter((event) => !heard.includes(event));
  if (missing.length === 0) return { name, ok: true, detail: events.join(", ") };
  const remedy = `Subscribe to them at ${webUrl}/settings/apps/${slug}/permissions (an organisation's App: under its own settings).`;
  return { name, ok: false, detail: `is not told of ${missing.join(", ")}`, remedy };
}

async function checkInstallations(github: GitHub, slug: string): Promise<HealthCheck> {
  const name = "GitHub App installations";
  try {
    const installations = await github.asApp({ doing: "list the App's installations" }, (client) =>
      client.paginate(client.rest.apps.listInstallations, { per_page: 100 }),
    );
    if (installations.length === 0) {
      const install = `${github.webUrl}/apps/${slug}/installations/new`;
      return { name, ok: false, detail: "the App is installed nowhere", remedy: `Install it at ${install}` };
    }
    const behind = installations.filter((each) => lackingOf(each.permissions).length > 0);
    if (behind.length === 0) return { name, ok: true, detail: `installed ${installations.length} times` };
    return {
      name,
      ok: false,
      detail: behind
        .map((each) => `installation ${each.id} lacks ${lackingOf(each.permissions).join(", ")}`)
        .join("; "),
      remedy: `Accept the new permissions at ${behind.map((each) => each.html_url).join(" and ")}`,
    };
  } catch (error) {
    return { name, ok: false, detail: explain(error), remedy: "Try again; GitHub did not answer as it should." };
  }
}

function lackingOf(held: object): string[] {
  const levels = new Map<string, unknown>(Object.entries(held));
  return needed.filter((name) => levels.get(name) !== "write").map((name) => `${name}: write`);
}
