import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const index = z.array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }));

/** Every official example payload, of github.com and of each GitHub Enterprise Server version that has its own. */
export function githubExamples(): readonly {
  readonly from: string;
  readonly event: string;
  readonly payload: Record<string, unknown>;
}[] {
  const root = dirname(dirname(fileURLToPath(import.meta.resolve("@octokit/webhooks-examples"))));
  const versions = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return versions.flatMap(({ name: from }) => {
    const definitions = index.parse(JSON.parse(readFileSync(join(root, from, "index.json"), "utf8")));
    return definitions.flatMap(({ name: event, examples }) => examples.map((payload) => ({ from, event, payload })));
  });
}
