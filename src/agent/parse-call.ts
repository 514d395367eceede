import { z } from "zod";
import { explain } from "../domain/errors.ts";
import type { Tool } from "../domain/tool.ts";

type ParsedCall = { readonly ok: true; readonly args: unknown } | { readonly ok: false; readonly problem: string };

/**
 * A call's arguments as its tool takes them. What is no text but was written as one (a list, an object, a number), and `null` where
 * something may be left out, is taken for what is meant: many a model writes so, and goes on doing it when it is told.
 */
export function parseCall({ name, parameters }: Tool, given: unknown): ParsedCall {
  if (typeof given === "string") {
    return {
      ok: false,
      problem: `The arguments of ${name} are not a JSON object: ${jsonProblem(given)}. Send them again.`,
    };
  }
  const parsed = parameters.safeParse(given);
  if (parsed.success) return { ok: true, args: parsed.data };
  const meant = parameters.safeParse(asMeant(given, parsed.error));
  if (meant.success) return { ok: true, args: meant.data };
  const takes = takenBy(z.toJSONSchema(parameters, { io: "input" }));
  const problem = `The arguments of ${name} are wrong:\n${z.prettifyError(parsed.error)}\nIt takes: ${takes || "none"}.`;
  return { ok: false, problem };
}

function asMeant(given: unknown, { issues }: z.ZodError): unknown {
  const wrong = new Set(
    issues.flatMap((it) =>
      it.code === "invalid_type" && it.path.length === 1 && it.expected !== "string" ? it.path : [],
    ),
  );
  const entries = Object.entries(Object(given)).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, wrong.has(key) ? unquoted(value) : value]));
}

function unquoted(value: unknown): unknown {
  try {
    return typeof value === "string" ? JSON.parse(value) : value;
  } catch {
    return value;
  }
}

function jsonProblem(text: string): string {
  try {
    return `a JSON ${typeof JSON.parse(text)}`;
  } catch (error) {
    return explain(error);
  }
}

/** `path, edits (each: old_text, new_text, [replace_all])`: in brackets what may be left out. */
function takenBy({ properties = {}, required = [] }: z.core.JSONSchema.BaseSchema): string {
  const names = Object.entries(properties).map(([name, of]) => {
    const each =
      typeof of === "object" && typeof of.items === "object" && !Array.isArray(of.items) ? takenBy(of.items) : "";
    return `${required.includes(name) ? name : `[${name}]`}${each === "" ? "" : ` (each: ${each})`}`;
  });
  return names.join(", ");
}
