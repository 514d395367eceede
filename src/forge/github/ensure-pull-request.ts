import { NightshiftError } from "../../domain/errors.ts";
import type { EnsurePullRequest, PullRequest } from "../../domain/forge.ts";
import { fullName } from "../../domain/repository.ts";
import { fitBody, sameText } from "./fit-body.ts";
import { isUnprocessable, validationMessage } from "./forge-error.ts";
import type { GitHub } from "./github.ts";

interface FoundPullRequest {
  readonly number: number;
  readonly nodeId: string;
  readonly url: string;
  readonly draft: boolean;
  /** Only right after GitHub has refused to open it as a draft. */
  readonly draftRefused?: boolean;
  readonly title: string;
  readonly body: string;
  readonly base: string;
}

/** The fields of GitHub's answer that we use, in the list and in the single pull request alike. */
interface Answer {
  readonly number: number;
  readonly node_id: string;
  readonly html_url: string;
  readonly draft?: boolean;
  readonly title: string;
  readonly body: string | null;
  readonly base: { readonly ref: string };
}

/** GitHub's words for "somebody was faster", which may have been our own attempt whose answer was lost. */
const alreadyExists = /already exists/i;
/** Private repositories of some plans know no drafts. */
const noDrafts = /draft pull requests are not supported/i;

/**
 * The one open pull request of the branch, with this title, body, base and draft state.
 * Where the repository's plan knows no drafts it is an ordinary one, as the answer says.
 */
export async function ensurePullRequest(github: GitHub, request: EnsurePullRequest): Promise<PullRequest> {
  const wanted = { ...request, body: fitBody(request.body) };
  const found = (await findOpen(github, wanted)) ?? (await create(github, wanted));
  await update(github, wanted, found);
  const draft = await setDraft(github, wanted, found);
  return { number: found.number, url: found.url, draft };
}

async function findOpen(github: GitHub, { repo, branch }: EnsurePullRequest): Promise<FoundPullRequest | undefined> {
  const attempt = {
    doing: `look for the pull request of ${branch} in ${fullName(repo)}`,
    needs: "pull_requests: read",
  };
  return github.on(repo, attempt, async (client) => {
    const { data } = await client.rest.pulls.list({
      owner: repo.owner,
      repo: repo.name,
      state: "open",
      head: `${repo.owner}:${branch}`,
      per_page: 100,
    });
    // The filter also finds a fork of the same owner, and a malformed one is ignored.
    const ours = data.find(
      ({ head }) => head.ref === branch && head.repo?.full_name.toLowerCase() === fullName(repo).toLowerCase(),
    );
    return ours === undefined ? undefined : toFound(ours);
  });
}

async function create(
  github: GitHub,
  request: EnsurePullRequest,
  { draft } = { draft: request.draft },
): Promise<FoundPullRequest> {
  const { repo, branch, base, title, body } = request;
  const attempt = { doing: `open a pull request for ${branch} in ${fullName(repo)}`, needs: "pull_requests: write" };
  const outcome = await github.on(repo, attempt, async (client) => {
    try {
      const { data } = await client.rest.pulls.create({
        owner: repo.owner,
        repo: repo.name,
        head: branch,
        base,
        title,
        body,
        draft,
      });
      return toFound(data);
    } catch (error) {
      const said = validationMessage(error) ?? "";
      if (alreadyExists.test(said)) return "exists" as const;
      if (draft && noDrafts.test(said)) return "no_drafts" as const;
      throw error;
    }
  });
  if (outcome === "no_drafts") return { ...(await create(github, request, { draft: false })), draftRefused: true };
  if (outcome !== "exists") return outcome;
  const found = await findOpen(github, request);
  if (found !== undefined) return found;
  throw new NightshiftError(
    "forge_unavailable",
    `Cannot ${attempt.doing}: GitHub says that there is one, and does not show it yet.`,
    { retryable: true },
  );
}

async function update(github: GitHub, request: EnsurePullRequest, found: FoundPullRequest): Promise<void> {
  const { repo, title, body, base } = request;
  if (sameText(found.title, title) && sameText(found.body, body) && found.base === base) return;
  const attempt = { doing: `update ${fullName(repo)}#${found.number}`, needs: "pull_requests: write" };
  await github.on(repo, attempt, (client) =>
    client.rest.pulls.update({
      owner: repo.owner,
      repo: repo.name,
      pull_number: found.number,
      title,
      body,
      ...(found.base === base ? {} : { base }),
    }),
  );
}

/** The REST API cannot change the draft state. */
async function setDraft(github: GitHub, { repo, draft }: EnsurePullRequest, found: FoundPullRequest): Promise<boolean> {
  if (found.draft === draft || found.draftRefused === true) return found.draft;
  const mutation = draft ? "convertPullRequestToDraft" : "markPullRequestReadyForReview";
  const attempt = {
    doing: `mark ${fullName(repo)}#${found.number} as ${draft ? "a draft" : "ready for review"}`,
    needs: "pull_requests: write",
  };
  return github.on(repo, attempt, async (client) => {
    try {
      await client.graphql(
        `mutation ($id: ID!) { ${mutation}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`,
        { id: found.nodeId },
      );
      return draft;
    } catch (error) {
      if (draft && isUnprocessable(error)) return false;
      throw error;
    }
  });
}

function toFound(answer: Answer): FoundPullRequest {
  return {
    number: answer.number,
    nodeId: answer.node_id,
    url: answer.html_url,
    draft: answer.draft ?? false,
    title: answer.title,
    body: answer.body ?? "",
    base: answer.base.ref,
  };
}
