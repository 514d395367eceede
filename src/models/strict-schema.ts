import { z } from "zod";

type Schema = Readonly<Record<string, unknown>>;

/** What strict decoders know; the rest is checked when the answer is read. */
const kept = [
  "type",
  "title",
  "description",
  "enum",
  "const",
  "$ref",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minItems",
  "maxItems",
];
const choices = ["anyOf", "oneOf"];

const schemas = z.record(z.string(), z.record(z.string(), z.unknown()));
const schema = z.record(z.string(), z.unknown());

/**
 * Whether a schema can be held to strictly: maps with free keys, free values and combinations cannot be said.
 * https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function canBeStrict(of: Schema): boolean {
  if ("allOf" in of || "not" in of || "prefixItems" in of || "patternProperties" in of) return false;
  const { type, additionalProperties: free } = of;
  if (Array.isArray(type) && (type.includes("object") || type.includes("array"))) return false;
  if (free !== undefined && free !== false) return false;
  const said = ["type", "enum", "const", "$ref", ...choices].some((word) => word in of);
  return said && partsOf(of).every(canBeStrict) && (type !== "array" || "items" in of);
}

/** The same schema as OpenAI takes it: every object closed, every key there, `null` where one may be left out. */
export function toStrict(of: Schema): Schema {
  const strict: Record<string, unknown> = Object.fromEntries(
    kept.filter((word) => word in of).map((word) => [word, of[word]]),
  );
  for (const word of choices) {
    if (word in of) strict["anyOf"] = listOf(of[word]).map(toStrict);
  }
  if ("items" in of) strict["items"] = toStrict(schema.parse(of["items"]));
  if ("$defs" in of) strict["$defs"] = mapped(schemas.parse(of["$defs"]), toStrict);
  if (of["type"] === "object") {
    const properties = propertiesOf(of);
    const required = requiredOf(of);
    strict["properties"] = mapped(properties, (property, key) =>
      required.includes(key) ? toStrict(property) : { anyOf: [toStrict(property), { type: "null" }] },
    );
    strict["required"] = Object.keys(properties);
    strict["additionalProperties"] = false;
  }
  return strict;
}

/** What was written to the strict schema, as the original means it: a `null` for what may be left out is left out. */
export function fromStrict(value: unknown, of: Schema, root: Schema = of): unknown {
  const meant = resolved(of, root);
  if (Array.isArray(value)) {
    const items = schema.safeParse(meant["items"]).data;
    return items ? value.map((item) => fromStrict(item, items, root)) : value;
  }
  const object = schema.safeParse(value).data;
  if (!object) return value;
  const variant = choices
    .flatMap((word) => (word in meant ? listOf(meant[word]) : []))
    .map((one) => resolved(one, root));
  const shape = variant.length > 0 ? variant.find((one) => fits(object, one, root)) : meant;
  if (!shape) return value;
  const properties = propertiesOf(shape);
  const required = requiredOf(shape);
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, held]) => {
      const property = properties[key];
      if (!property) return [[key, held]];
      return held === null && !required.includes(key) && !takesNull(property, root)
        ? []
        : [[key, fromStrict(held, property, root)]];
    }),
  );
}

/** Variants are told apart by their keys and by what is constant in them. */
function fits(object: Schema, shape: Schema, root: Schema): boolean {
  const properties = propertiesOf(shape);
  return Object.keys(object).every((key) => {
    const property = properties[key];
    if (!property) return false;
    const { const: constant } = resolved(property, root);
    return constant === undefined || constant === object[key];
  });
}

function takesNull(of: Schema, root: Schema): boolean {
  const meant = resolved(of, root);
  return (
    [meant["type"]].flat().includes("null") ||
    choices.some((word) => word in meant && listOf(meant[word]).some((one) => takesNull(one, root)))
  );
}

function resolved(of: Schema, root: Schema): Schema {
  const ref = of["$ref"];
  if (typeof ref !== "string") return of;
  if (ref === "#") return root;
  const name = ref.replace("#/$defs/", "");
  return schemas.safeParse(root["$defs"]).data?.[name] ?? of;
}

function partsOf(of: Schema): readonly Schema[] {
  return [
    ...Object.values(propertiesOf(of)),
    ...Object.values(schemas.safeParse(of["$defs"]).data ?? {}),
    ...choices.flatMap((word) => (word in of ? listOf(of[word]) : [])),
    ...(schema.safeParse(of["items"]).data ? [schema.parse(of["items"])] : []),
  ];
}

function propertiesOf(of: Schema): Readonly<Record<string, Schema>> {
  return schemas.safeParse(of["properties"]).data ?? {};
}

function requiredOf(of: Schema): readonly string[] {
  return z.array(z.string()).safeParse(of["required"]).data ?? [];
}

function listOf(value: unknown): readonly Schema[] {
  return z.array(schema).safeParse(value).data ?? [];
}

function mapped(of: Readonly<Record<string, Schema>>, change: (one: Schema, key: string) => Schema): Schema {
  return Object.fromEntries(Object.entries(of).map(([key, one]) => [key, change(one, key)]));
}
