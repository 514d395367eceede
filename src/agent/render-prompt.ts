import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Prompt } from "../domain/recording.ts";

const folder = join(import.meta.dirname, "../../prompts");
const frontMatter = z.strictObject({ agent: z.string(), variables: z.array(z.string()) });

/**
 * The prompt `prompts/NAME.md` with its variables filled in. Strict on both sides: a variable that is missing, unknown, or
 * used without being declared is an error, so that a prompt cannot silently lose a part.
 */
export async function renderPrompt(name: string, values: Readonly<Record<string, string>>): Promise<Prompt> {
  const source = await readFile(join(folder, `${name}.md`), "utf8");
  const hash = createHash("sha256").update(source).digest("hex");
  return { text: fillIn(name, source, values), sources: [{ name, hash, values }] };
}

export function fillIn(name: string, source: string, values: Readonly<Record<string, string>>): string {
  const [, head, text] = /^---\n(.*?)\n---\n(.*)$/s.exec(source) ?? [];
  if (head === undefined || text === undefined) throw new Error(`prompts/${name}.md has no front matter.`);
  const { variables } = frontMatter.parse(parse(head));

  const used = new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]));
  const problems = [
    ...[...used].filter((it) => !variables.includes(it ?? "")).map((it) => `uses {{${it}}} without declaring it`),
    ...variables.filter((it) => !used.has(it)).map((it) => `declares ${it} and does not use it`),
    ...variables.filter((it) => values[it] === undefined).map((it) => `was not given ${it}`),
    ...Object.keys(values)
      .filter((it) => !variables.includes(it))
      .map((it) => `does not know ${it}`),
  ];
  if (problems.length > 0) throw new Error(`prompts/${name}.md ${problems.join(", ")}.`);
  // One pass, so that a value that itself holds {{…}} is not filled in again.
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, variable: string) => values[variable] ?? "").trim();
}
