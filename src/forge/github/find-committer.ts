import type { Repository } from "../../domain/repository.ts";
import type { GitHub } from "./github.ts";

/** The App's bot account, as GitHub wants to see it in a commit to show the App beside it. */
export async function findCommitter(
  github: GitHub,
  repo: Repository,
): Promise<{ readonly name: string; readonly email: string }> {
  const { slug } = await github.app();
  const name = `${slug}[bot]`;
  // Accounts cannot be looked up as the App itself, but any installation may.
  const id = await github.on(repo, { doing: `look up ${name}` }, async (client) => {
    const { data } = await client.rest.users.getByUsername({ username: name });
    return data.id;
  });
  return { name, email: `${id}+${name}@${github.noreplyHost}` };
}
