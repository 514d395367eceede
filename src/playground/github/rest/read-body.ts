import type { z } from "zod";
import { ApiError, validationFailed } from "../api-error.ts";
import type { RestContext } from "./rest-app.ts";

/**
 * The request's JSON as the schema has it; an empty body counts as `{}`.
 * @throws ApiError 400 for what is not JSON, 422 naming the field that is missing or wrong.
 */
export async function readBody<Schema extends z.ZodType>(
  c: RestContext,
  resource: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const result = schema.safeParse(parseJson(await c.req.text()));
  if (result.success) return result.data;
  throw validationFailed(
    ...result.error.issues.map((issue) => ({
      resource,
      field: issue.path.join("."),
      code: issue.code === "invalid_type" && issue.input === undefined ? "missing_field" : "invalid",
      message: issue.message,
    })),
  );
}

function parseJson(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, "Problems parsing JSON");
  }
}
