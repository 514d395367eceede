import type { z } from "zod";

/** The JSON Schema of a settings file, as zod writes it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The keys that are allowed at a place in the file. */
export function keysAt(rules: JsonSchema, path: readonly PropertyKey[]): readonly string[] {
  return Object.keys(ruleAt(rules, path)?.properties ?? {});
}

/** All settings of a file with dots between, like `llm.providers.claude.model`; `NAME` stands for one that people choose. */
export function settingNames(rules: JsonSchema, prefix = ""): readonly string[] {
  const named = rules.properties === undefined ? {} : { NAME: rules.additionalProperties };
  return Object.entries({ ...rules.properties, ...named }).flatMap(([key, rule]) => {
    if (typeof rule === "object" && rule.properties) return settingNames(rule, `${prefix}${key}.`);
    return key === "NAME" ? [] : [`${prefix}${key}`];
  });
}

/** What a setting must be, in words that follow "must be". */
export function expectation(issue: z.core.$ZodIssue, rules: JsonSchema): string {
  switch (issue.code) {
    case "invalid_type":
      return typeName(issue.expected, ruleAt(rules, issue.path));
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return bound("at least", "more than", issue.minimum, issue.inclusive, issue.origin);
    case "too_big":
      return bound("at most", "less than", issue.maximum, issue.inclusive, issue.origin);
    case "invalid_format":
      return issue.format === "url" ? "a URL" : issue.message;
    default:
      return issue.message;
  }
}

function ruleAt(rules: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  let rule: JsonSchema | undefined = rules;
  for (const key of path) {
    const next: JsonSchema["items"] =
      typeof key === "number" ? rule?.items : (rule?.properties?.[String(key)] ?? rule?.additionalProperties);
    rule = typeof next === "object" && !Array.isArray(next) ? next : undefined;
  }
  return rule;
}

function typeName(expected: string, rule: JsonSchema | undefined): string {
  const names: Readonly<Record<string, string>> = {
    string: "text",
    boolean: "true or false",
    number: "a number",
    int: "a whole number",
    array: "a list",
    object: rule?.properties
      ? `a group of settings: ${Object.keys(rule.properties).join(", ")}`
      : "a group of settings",
  };
  return names[expected] ?? expected;
}

function bound(
  inclusiveWord: string,
  exclusiveWord: string,
  limit: number | bigint,
  inclusive: boolean | undefined,
  origin: string,
): string {
  const size = `${inclusive === false ? exclusiveWord : inclusiveWord} ${limit}`;
  if (origin === "string") return `text of ${size} character${Number(limit) === 1 ? "" : "s"}`;
  if (origin === "array") return `a list of ${size}`;
  return size;
}
