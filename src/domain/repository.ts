import { z } from "zod";

export const repository = z.object({
  owner: z.string().min(1),
  name: z.string().min(1),
  /** The GitHub App installation through which we may act on it. */
  installationId: z.number().int().positive(),
});
export type Repository = Readonly<z.infer<typeof repository>>;

/** `owner/name`, as people write it. */
export function fullName(repo: Pick<Repository, "owner" | "name">): string {
  return `${repo.owner}/${repo.name}`;
}
