import { z } from "zod";
import type { RepositorySettings } from "../domain/settings.ts";

export const repositoryCommands = z.object({ setup: z.string().nullable(), test: z.string().nullable() });
/** How this repository is set up and tested; `null` where nothing is known. */
export type RepositoryCommands = Readonly<z.infer<typeof repositoryCommands>>;

/** A file's text on the base; `undefined` when there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

const packageJson = z.looseObject({ scripts: z.looseObject({ test: z.string().optional() }).optional() });
// What `npm init` writes when nobody has decided on tests yet.
const npmPlaceholder = /no test specified/;

/** What the settings say, else what the repository's own files say. */
export async function findCommands(settings: RepositorySettings, read: ReadText): Promise<RepositoryCommands> {
  return {
    setup: settings.setup ?? (await ordinarySetup(read)),
    test: settings.test ?? (await ordinaryTest(read)),
  };
}

async function ordinarySetup(read: ReadText): Promise<string | null> {
  return (await read("package-lock.json")) === undefined ? null : "npm ci";
}

async function ordinaryTest(read: ReadText): Promise<string | null> {
  const manifest = await read("package.json");
  if (manifest !== undefined) {
    const script = packageJson.safeParse(parseJson(manifest)).data?.scripts?.test;
    if (script !== undefined && script !== "" && !npmPlaceholder.test(script)) return "npm test";
  }
  if ((await read("Cargo.toml")) !== undefined) return "cargo test";
  if ((await read("go.mod")) !== undefined) return "go test ./...";
  if ((await read("pytest.ini")) !== undefined) return "python3 -m pytest";
  for (const path of ["pyproject.toml", "setup.cfg"]) {
    if ((await read(path))?.includes("pytest")) return "python3 -m pytest";
  }
  // A target, and not a variable as in `test := unit`.
  if (/^test[ \t]*:(?!:?=)/m.test((await read("Makefile")) ?? "")) return "make test";
  return null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A broken manifest: its own tools will say so.
  }
}
