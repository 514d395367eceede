import { z } from "zod";

export const repository = z.object({
  owner: z.string().min(1),
  name: z.string().min(1),
  /** The GitHub App installation through which we may act on it; 0 for a repository of this machine. */
  installationId: z.number().int().nonnegative(),
});
export type Repository = Readonly<z.infer<typeof repository>>;

/** `owner/name`, as people write it; of a repository of this machine that is its path. */
export function fullName(repo: Pick<Repository, "owner" | "name">): string {
  return `${repo.owner}/${repo.name}`;
}
