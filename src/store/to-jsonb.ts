/**
 * JSON that a json or jsonb column takes: jsonb knows neither NUL nor half a surrogate pair, and what commands print may hold both.
 * https://www.postgresql.org/docs/current/datatype-json.html
 */
export function toJsonb(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? storable(part) : part));
}

/** The text as a text column takes it. */
export function storable(text: string): string {
  return text.replaceAll("\0", "\ufffd").toWellFormed();
}
