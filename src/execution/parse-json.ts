/** What a file of the repository says; `undefined` for a broken one: its own tools will say so. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
