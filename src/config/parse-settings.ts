import { type Document, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { explain } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import { lineFinder } from "./line-of.ts";
import { expectation, type JsonSchema, keysAt } from "./setting-rules.ts";

export type ParsedSettings<Settings> =
  | { readonly ok: true; readonly settings: Settings }
  /** One line each, for people: file, line, key and what is allowed. */
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads a settings file. What is wrong is told all at once; values are never repeated, since one may be a secret that
 * somebody put there by mistake.
 * @param file the name that people know it by.
 */
export function parseSettings<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  file: string,
): ParsedSettings<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return { ok: false, problems: broken.map((of) => `${file}:${lines.linePos(of.pos[0]).line}: ${yamlProblem(of)}`) };
  }

  const value = toValue(document);
  if ("problem" in value) return { ok: false, problems: [`${file}:1: not valid YAML: ${value.problem}`] };
  const parsed = schema.safeParse(value.of);
  if (parsed.success) return { ok: true, settings: parsed.data };

  const rules: JsonSchema = z.toJSONSchema(schema, { io: "input" });
  const find = lineFinder(text);
  const lineOf = (path: readonly PropertyKey[]) => find(path) ?? 1;
  const problems = parsed.error.issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") {
      const name = issue.path.length === 0 ? "the file" : `"${issue.path.join(".")}"`;
      return [{ line: lineOf(issue.path), text: `${name} must be ${expectation(issue, rules)}.` }];
    }
    const allowed = keysAt(rules, issue.path);
    return issue.keys.map((key) => ({
      line: lineOf([...issue.path, key]),
      text: `"${[...issue.path, key].join(".")}" is not a setting here. Allowed: ${allowed.join(", ")}.${suggestion(key, allowed)}`,
    }));
  });
  return {
    ok: false,
    problems: problems.sort((a, b) => a.line - b.line).map(({ line, text }) => `${file}:${line}: ${text}`),
  };
}

/** What the document holds; a file of comments only holds no settings. Refuses aliases that would fill the memory. */
function toValue(document: Document): { readonly of: unknown } | { readonly problem: string } {
  try {
    return { of: document.toJS() ?? {} };
  } catch (error) {
    return { problem: explain(error) };
  }
}

function yamlProblem(of: { readonly code: string; readonly message: string }): string {
  return of.code === "DUPLICATE_KEY" ? "this key is there twice." : `not valid YAML: ${of.message}`;
}

function suggestion(key: string, allowed: readonly string[]): string {
  const meant = nearest(key, allowed);
  return meant === undefined ? "" : ` Did you mean "${meant}"?`;
}
