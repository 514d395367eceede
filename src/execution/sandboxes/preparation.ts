import { createHash } from "node:crypto";
import { z } from "zod";
import type { CommittedFiles } from "../../domain/committed-files.ts";
import { fullName, type Repository } from "../../domain/repository.ts";
import type { RepositorySettings } from "../../domain/settings.ts";
import { readDevcontainer } from "./devcontainer.ts";
import { ordinaryChecks, ordinaryTest, type RepositoryCommands } from "./repository-commands.ts";
import { findSetupRecipe } from "./setup-recipes.ts";
import { isToolFile, namedIn, nodeFacts } from "./tool-files.ts";

/** How a sandbox of one commit is made ready, and by what a snapshot of it is found again. */
export const preparation = z.object({
  setup: z.string().nullable(),
  /** Of the repository's own choice, where it names one. */
  image: z.string().nullable(),
  /** The set-up only fetches what the lock files name: nothing of it depends on the rest of the commit. */
  dependenciesOnly: z.boolean(),
  /** Holds the repository, the set-up and every file that says which tools and packages it wants. */
  key: z.string(),
});
export type Preparation = Readonly<z.infer<typeof preparation>>;

export interface Prepared {
  readonly commands: RepositoryCommands;
  readonly preparation: Preparation;
  /** What the repository asks for and does not get. */
  readonly warnings: readonly string[];
}

/** What the settings say, else the devcontainer, else what the lock files ask for. */
export async function choosePreparation(
  repo: Repository,
  settings: RepositorySettings,
  files: CommittedFiles,
  images: readonly string[],
): Promise<Prepared> {
  const { read } = files;
  const devcontainer = await readDevcontainer(read);
  const recipe = await findSetupRecipe(read);
  const setup = settings.setup ?? devcontainer?.setup ?? recipe?.command ?? null;
  const test = settings.test ?? (await ordinaryTest(read));
  const ordinary = await ordinaryChecks(read);
  const [lint, typecheck] = [settings.lint ?? ordinary.lint, settings.typecheck ?? ordinary.typecheck];
  const wanted = devcontainer?.image;
  const image = wanted !== undefined && mayUse(wanted, images) ? wanted : null;
  const refused =
    wanted === undefined || image !== null
      ? []
      : [
          `The operator's image is used: ${devcontainer?.path} names \`${wanted}\`, which \`sandbox.images\` in nightshift.yaml does not list.`,
        ];
  const dependenciesOnly = setup === null || (setup === recipe?.command && recipe.dependenciesOnly);
  const key = keyOf([fullName(repo).toLowerCase(), image, setup, await factsOf(files, setup)]);
  return {
    commands: {
      ...{ setup, test },
      ...(lint !== undefined && { lint }),
      ...(typecheck !== undefined && { typecheck }),
      ...(settings.test_reports !== undefined && { reports: settings.test_reports }),
    },
    preparation: { setup, image, dependenciesOnly, key },
    warnings: [...(devcontainer?.warnings ?? []), ...refused],
  };
}

/** An engine may hold images with secrets: only what is listed may be named, and no snapshot, of another repository say, ever. */
function mayUse(image: string, images: readonly string[]): boolean {
  if (/(?:^|\/)nightshift-snapshot(?:[:@]|$)/.test(image)) return false;
  return images.some((name) => (name.endsWith("*") ? image.startsWith(name.slice(0, -1)) : image === name));
}

/** The files that decide what a set-up leaves behind, with their contents' hashes, in a fixed order. */
async function factsOf({ hashes, read }: CommittedFiles, setup: string | null): Promise<unknown> {
  const named = namedIn(setup ?? "");
  const inputs = [...hashes].filter(([path]) => isToolFile(path) || named.has(path));
  return [inputs.toSorted(([a], [b]) => (a < b ? -1 : 1)), nodeFacts((await read("package.json")) ?? "")];
}

function keyOf(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
