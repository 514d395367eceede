import { NightshiftError } from "../domain/errors.ts";
import type { GitHub } from "./github.ts";

/** The App's bot account, as GitHub wants to see it in a commit to show the App beside it. */
export async function findCommitter(github: GitHub): Promise<{ readonly name: string; readonly email: string }> {
  const { slug } = await github.app();
  const name = `${slug}[bot]`;
  // Accounts cannot be looked up as the App itself, but any installation may.
  const [installation] = await github.asApp({ doing: "list the App's installations" }, async (client) => {
    const { data } = await client.rest.apps.listInstallations({ per_page: 1 });
    return data;
  });
  if (installation === undefined) {
    throw new NightshiftError(
      "forge_refused",
      `Cannot look up ${name}: the App is installed nowhere. Install it at ${github.webUrl}/apps/${slug}/installations/new`,
    );
  }
  const id = await github.asInstallation(installation.id, { doing: `look up ${name}` }, async (client) => {
    const { data } = await client.rest.users.getByUsername({ username: name });
    return data.id;
  });
  return { name, email: `${id}+${name}@${github.noreplyHost}` };
}
