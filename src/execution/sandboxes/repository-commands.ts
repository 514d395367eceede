import { z } from "zod";
import type { ReadText } from "../../domain/committed-files.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { pythonOf, wrapperOr } from "./setup-recipes.ts";

export const repositoryCommands = z.object({
  setup: z.string().nullable(),
  test: z.string().nullable(),
  lint: z.string().optional(),
  typecheck: z.string().optional(),
  /** Patterns of the reports that the tests leave, where people name them. */
  reports: z.array(z.string()).optional(),
});
/** How this repository is set up and checked; nothing where nothing is known. */
export type RepositoryCommands = Readonly<z.infer<typeof repositoryCommands>>;

/**
 * Where the commands below, and those that people name, get their meaning from, as pathspecs of git. Not the tests' own files:
 * to change those is an ordinary part of a change.
 */
export const testDefinitions = [
  // Node
  "package.json",
  ".npmrc",
  ".yarnrc",
  ".yarnrc.yml",
  ".pnpmfile.cjs",
  ":(glob)jest.config.*",
  ":(glob)vitest.config.*",
  ":(glob).mocharc.*",
  // Python
  ":(glob)*pytest.ini",
  ":(glob)*pytest.toml",
  "pyproject.toml",
  "setup.cfg",
  "tox.ini",
  "noxfile.py",
  // Rust
  "Cargo.toml",
  ".cargo",
  // Java
  "pom.xml",
  "mvnw",
  ".mvn",
  "gradlew",
  "gradle/wrapper",
  "gradle.properties",
  "buildSrc",
  ":(glob)*.gradle",
  ":(glob)*.gradle.kts",
  // Ruby, PHP
  ".rspec",
  "Rakefile",
  "composer.json",
  ":(glob)phpunit*.xml*",
  // Make, which takes the first of them
  "GNUmakefile",
  "makefile",
  "Makefile",
] as const;

const scripts = z.looseObject({ scripts: z.looseObject({ test: z.unknown().optional() }).optional() });
// What `npm init` writes when nobody has decided on tests yet.
const npmPlaceholder = /no test specified/;

/** How it is tested, by what the repository's own files say. */
export async function ordinaryTest(read: ReadText): Promise<string | null> {
  if (await hasTestScript(read, "package.json")) return "npm test";
  if ((await read("Cargo.toml")) !== undefined) return "cargo test";
  if ((await read("go.mod")) !== undefined) return "go test ./...";
  if ((await read("pom.xml")) !== undefined) return `${await wrapperOr(read, "mvnw", "mvn")} -B test`;
  for (const path of ["build.gradle", "build.gradle.kts"]) {
    if ((await read(path)) !== undefined) return `${await wrapperOr(read, "gradlew", "gradle")} --no-daemon test`;
  }
  if ((await read("pytest.ini")) !== undefined) return `${await pythonOf(read)} -m pytest`;
  for (const path of ["pyproject.toml", "setup.cfg"]) {
    if ((await read(path))?.includes("pytest")) return `${await pythonOf(read)} -m pytest`;
  }
  if ((await read(".rspec")) !== undefined) return "bundle exec rspec";
  if (await hasTestScript(read, "composer.json")) return "composer test";
  for (const path of ["phpunit.xml", "phpunit.xml.dist"]) {
    if ((await read(path)) !== undefined) return "vendor/bin/phpunit";
  }
  // A target, and not a variable as in `test := unit`.
  if (/^test[ \t]*:(?!:?=)/m.test((await read("Makefile")) ?? "")) return "make test";
  return null;
}

const typeCheckScripts = ["typecheck", "type-check", "check-types", "check:types", "types:check", "tsc"] as const;
const writes = /--(?:fix|write|apply)\b/;

/** The scripts of a package.json that lint and check types, by the names that they usually have. One that mends what it finds is no check. */
export async function ordinaryChecks(read: ReadText): Promise<Pick<RepositoryCommands, "lint" | "typecheck">> {
  const has = scripts.safeParse(parseJson((await read("package.json")) ?? "")).data?.scripts ?? {};
  const isThere = (script: string) => typeof has[script] === "string";
  const lint = isThere("lint") && !writes.test(String(has["lint"]));
  const typecheck = typeCheckScripts.find(isThere);
  return { ...(lint && { lint: "npm run lint" }), ...(typecheck && { typecheck: `npm run ${typecheck}` }) };
}

async function hasTestScript(read: ReadText, manifest: string): Promise<boolean> {
  const test = scripts.safeParse(parseJson((await read(manifest)) ?? "")).data?.scripts?.test;
  // Composer takes a list of commands as well.
  if (Array.isArray(test)) return manifest === "composer.json" && test.length > 0;
  return typeof test === "string" && test !== "" && !npmPlaceholder.test(test);
}
