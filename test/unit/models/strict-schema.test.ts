import { expect, test } from "vitest";
import { z } from "zod";
import { canBeStrict, fromStrict, toStrict } from "../../../src/models/strict-schema.ts";

const review = z.object({
  verdict: z.enum(["good", "bad"]).describe("In one word"),
  note: z.string().min(3).optional(),
  by: z.string().nullable().optional(),
  findings: z.array(z.object({ line: z.int().positive(), text: z.string().default("none") })),
});

test("every object is closed, every key required, and what may be left out may be null", () => {
  expect(toStrict(shape(review))).toEqual({
    type: "object",
    properties: {
      verdict: { type: "string", enum: ["good", "bad"], description: "In one word" },
      note: { anyOf: [{ type: "string" }, { type: "null" }] },
      by: { anyOf: [{ type: ["string", "null"] }, { type: "null" }] },
      findings: {
        type: "array",
        items: {
          type: "object",
          properties: {
            line: { type: "integer", exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER },
            text: { anyOf: [{ type: "string" }, { type: "null" }] },
          },
          required: ["line", "text"],
          additionalProperties: false,
        },
      },
    },
    required: ["verdict", "note", "by", "findings"],
    additionalProperties: false,
  });
});

test("what is written to it is read as the original means it", () => {
  const written = { verdict: "bad", note: null, by: null, findings: [{ line: 3, text: null }] };
  const meant = fromStrict(written, shape(review));
  expect(meant).toEqual({ verdict: "bad", by: null, findings: [{ line: 3 }] });
  expect(review.parse(meant)).toMatchObject({ findings: [{ line: 3, text: "none" }] });
});

test("variants are told apart by what is constant in them, and references are followed", () => {
  const edit = z.object({ kind: z.literal("edit"), path: z.string(), why: z.string().optional() });
  const stop = z.object({ kind: z.literal("stop"), path: z.null(), why: z.string().nullable() });
  const act = z.object({ act: z.discriminatedUnion("kind", [edit, stop]) });
  expect(fromStrict({ act: { kind: "edit", path: "a", why: null } }, shape(act))).toEqual({
    act: { kind: "edit", path: "a" },
  });
  const end = { act: { kind: "stop", path: null, why: null } };
  expect(fromStrict(end, shape(act))).toEqual(end);

  const tree = z.object({
    name: z.string().optional(),
    get children() {
      return z.array(tree);
    },
  });
  expect(canBeStrict(shape(tree))).toBe(true);
  expect(fromStrict({ name: "a", children: [{ name: null, children: [] }] }, shape(tree))).toEqual({
    name: "a",
    children: [{ children: [] }],
  });
});

test.each([
  ["a map", z.record(z.string(), z.int())],
  ["an open object", z.looseObject({ a: z.string() })],
  ["anything", z.object({ a: z.unknown() })],
  ["a list of anything", z.object({ a: z.array(z.unknown()) })],
  ["a tuple", z.object({ a: z.tuple([z.string()]) })],
])("%s cannot be said strictly", (_, schema) => {
  expect(canBeStrict(shape(schema))).toBe(false);
});

test("neither can a combination, nor an object that may be nothing in one word", () => {
  expect(canBeStrict({ allOf: [{ type: "object", properties: {} }] })).toBe(false);
  expect(canBeStrict({ type: ["object", "null"], properties: {} })).toBe(false);
});

test("a closed object can, with choices among constants and nothing", () => {
  expect(canBeStrict(shape(review))).toBe(true);
  expect(canBeStrict(shape(z.strictObject({ a: z.union([z.literal(1), z.null()]), b: z.email() })))).toBe(true);
});

function shape(schema: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, { io: "input" });
}
