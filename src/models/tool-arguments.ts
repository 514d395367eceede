/**
 * What a model wrote as a tool's arguments: the value, or the text itself where it is not JSON, so that the agent can
 * tell the model. No text means no arguments.
 */
export function readArguments(json: string): unknown {
  if (json.trim() === "") return {};
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** Arguments as an object, which is all that providers take back: anything else is wrapped. */
export function writeArguments(value: unknown): object {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : { not_an_object: value };
}
