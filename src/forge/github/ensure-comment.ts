import { NightshiftError } from "../../domain/errors.ts";
import { fullName, type Repository } from "../../domain/repository.ts";
import { createOnce } from "./create-once.ts";
import { fitBody, sameText } from "./fit-body.ts";
import type { GitHub } from "./github.ts";

interface FoundComment {
  readonly id: number;
  readonly url: string;
  readonly body: string;
}

/**
 * The one comment of ours that ends with the hidden marker says `body` afterwards. A comment of somebody else that quotes the
 * marker is not ours.
 */
export async function ensureComment(
  github: GitHub,
  repo: Repository,
  issue: number,
  options: { readonly marker: string; readonly body: string },
): Promise<{ readonly url: string }> {
  const ending = hiddenMarker(options.marker);
  const body = fitBody(options.body, `\n\n${ending}`);
  const attempt = { doing: `comment on ${fullName(repo)}#${issue}`, needs: "issues: write" };
  const target = { owner: repo.owner, repo: repo.name };

  const find = () => findComment(github, repo, issue, ending);
  const create = () =>
    github.on(repo, attempt, async (client) => {
      const { data } = await client.rest.issues.createComment({
        ...target,
        issue_number: issue,
        body,
        // Sent again blindly, it would stand there twice.
        request: { retries: 0 },
      });
      return { id: data.id, url: data.html_url, body: data.body ?? body };
    });

  const comment = (await find()) ?? (await createOnce(create, find));
  if (!sameText(comment.body, body)) {
    await github.on(repo, attempt, (client) =>
      client.rest.issues.updateComment({ ...target, comment_id: comment.id, body }),
    );
  }
  return { url: comment.url };
}

async function findComment(
  github: GitHub,
  repo: Repository,
  issue: number,
  ending: string,
): Promise<FoundComment | undefined> {
  const { id: appId, slug } = await github.app();
  const attempt = { doing: `read the comments of ${fullName(repo)}#${issue}`, needs: "issues: read" };
  return github.on(repo, attempt, async (client) => {
    const pages = client.paginate.iterator(client.rest.issues.listComments, {
      owner: repo.owner,
      repo: repo.name,
      issue_number: issue,
      per_page: 100,
    });
    for await (const { data } of pages) {
      const found = data.find(
        ({ performed_via_github_app: via, user, body }) =>
          (via?.id === appId || user?.login === `${slug}[bot]`) && body?.trimEnd().endsWith(ending),
      );
      if (found !== undefined) return { id: found.id, url: found.html_url, body: found.body ?? "" };
    }
    return undefined;
  });
}

function hiddenMarker(marker: string): string {
  if (/^[\w:.]+(?:-[\w:.]+)*$/.test(marker)) return `<!-- nightshift:${marker} -->`;
  throw new NightshiftError("bad_input", `${JSON.stringify(marker)} cannot be hidden in a comment: use a plain word.`);
}
