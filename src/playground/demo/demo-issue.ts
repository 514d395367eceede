import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

const folder = join(import.meta.dirname, "repository");

/** The model that solves the demo's issue, replayed. */
export const recordingPath = join(import.meta.dirname, "recording.yaml");

/** The repository of the demo: a small library with its own tests, one of which shows a true bug. */
export async function demoFiles(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files
    .sort()
    .map(async (file): Promise<[string, string]> => [relative(folder, file), await readFile(file, "utf8")]);
  return Object.fromEntries(await Promise.all(pairs));
}

export const demoIssue = {
  title: "Shares of a bill do not add up to the bill",
  body: `Splitting 100.00 among three people loses a cent:

\`\`\`js
splitEvenly(10000, 3); // [3333, 3333, 3333], which is 99.99
\`\`\`

With 200.00 among three a cent is invented instead. \`npm test\` is red because of this.

The parts should always add up to the amount that was split. Who gets the cent does not matter to us as long as it is the same every time.
`,
  labels: ["bug"],
} as const;
