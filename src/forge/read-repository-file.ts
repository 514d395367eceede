import { NightshiftError } from "../domain/errors.ts";
import { fullName, type Repository } from "../domain/repository.ts";
import { isMissing } from "./github/forge-error.ts";
import type { GitHub } from "./github/github.ts";

/**
 * The text of a file on the default branch, `undefined` when there is none.
 * @throws NightshiftError `bad_input` for a folder, a submodule, or a file over GitHub's 1 MB.
 */
export function readRepositoryFile(github: GitHub, repo: Repository, path: string): Promise<string | undefined> {
  const attempt = { doing: `read ${path} of ${fullName(repo)}`, needs: "contents: read" };
  return github.on(repo, attempt, async (client) => {
    try {
      const { data } = await client.rest.repos.getContent({ owner: repo.owner, repo: repo.name, path });
      if (Array.isArray(data)) throw unreadable(repo, path, "is a folder");
      if (data.type !== "file" || !("encoding" in data)) throw unreadable(repo, path, `is a ${data.type}`);
      if (data.encoding !== "base64") throw unreadable(repo, path, `has ${data.size} bytes, more than 1 MB`);
      return Buffer.from(data.content, "base64").toString("utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

function unreadable(repo: Repository, path: string, why: string): NightshiftError {
  return new NightshiftError(
    "bad_input",
    `Cannot read ${path} of ${fullName(repo)}: it ${why}. A plain text file is expected.`,
  );
}
