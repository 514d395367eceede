import { z } from "zod";

type Schema = Readonly<Record<string, unknown>>;

/** A schema whose objects are all closed, which is all that Anthropic holds an answer to. */
export const closedSchema = z
  .record(z.string(), z.unknown())
  .refine((of) => objectsIn(of).every(isClosed), "every object needs `additionalProperties: false`");

/** A schema as OpenAI takes it, which where it is strict wants every key to be required as well. */
export const strictFormat = z
  .object({
    name: z.string().regex(/^[\w-]{1,64}$/),
    strict: z.boolean().nullish(),
    schema: z.record(z.string(), z.unknown()),
  })
  .refine(
    ({ strict, schema }) => !strict || objectsIn(schema).every((object) => isClosed(object) && requiresAll(object)),
    "every object of a strict schema needs `additionalProperties: false` and all of its keys in `required`",
  );

function objectsIn(value: unknown): readonly Schema[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  const object = z.looseObject({ type: z.literal("object") }).safeParse(value).data;
  return object ? [object, ...inner] : inner;
}

function isClosed(of: Schema): boolean {
  return of["additionalProperties"] === false;
}

function requiresAll(of: Schema): boolean {
  const required = z.array(z.string()).safeParse(of["required"]).data ?? [];
  return Object.keys(Object(of["properties"])).every((key) => required.includes(key));
}
