import type { EnsureCheck } from "../../domain/forge.ts";
import { fullName } from "../../domain/repository.ts";
import { createOnce } from "./create-once.ts";
import type { GitHub } from "./github.ts";

/** GitHub's limit of a check's summary, in characters: https://docs.github.com/en/rest/checks/runs */
const maxSummary = 65_535;

/** Our one check of this name on the commit says this afterwards. */
export async function ensureCheck(github: GitHub, check: EnsureCheck): Promise<void> {
  const { repo, sha, name } = check;
  const where = { owner: repo.owner, repo: repo.name };
  const attempt = { doing: `post the check "${name}" in ${fullName(repo)}`, needs: "checks: write" };
  const said = {
    status: "completed" as const,
    conclusion: check.conclusion,
    output: { title: check.title, summary: check.summary.slice(0, maxSummary) },
  };
  const { id: app_id } = await github.app();
  const find = () =>
    github.on(repo, attempt, async (client) => {
      const { data } = await client.rest.checks.listForRef({ ...where, ref: sha, check_name: name, app_id });
      return data.check_runs[0];
    });
  const create = () =>
    github.on(repo, attempt, async (client) => {
      const { data } = await client.rest.checks.create({
        ...where,
        head_sha: sha,
        name,
        ...said,
        request: { retries: 0 },
      });
      return data;
    });
  const found = await find();
  if (found === undefined) {
    await createOnce(create, find);
    return;
  }
  const isSame =
    found.conclusion === said.conclusion &&
    found.output.title === said.output.title &&
    found.output.summary === said.output.summary;
  if (isSame) return;
  await github.on(repo, attempt, (client) => client.rest.checks.update({ ...where, check_run_id: found.id, ...said }));
}
