import type { Note, ToolMessage, UserMessage } from "../domain/message.ts";

type Results = ToolMessage | UserMessage;

/** Results that end with these notes: a provider sees nothing but a longer text, and what was recorded is what is sent. */
export function withNotes(results: Results, notes: readonly Note[]): Results {
  if (notes.length === 0) return results;
  const ending = endingOf(notes);
  if (results.role === "user") return { ...results, text: `${results.text}${ending}`, notes: [...notes] };
  const last = results.results.at(-1);
  if (last === undefined) return results;
  return {
    role: "tool",
    results: [...results.results.slice(0, -1), { ...last, text: `${last.text}${ending}` }],
    notes: [...notes],
  };
}

/** What was said before any notes were added. */
export function withoutNotes(results: ToolMessage): ToolMessage;
export function withoutNotes(results: Results): Results;
export function withoutNotes(results: Results): Results {
  const { notes = [], ...plain } = results;
  const ending = endingOf(notes);
  if (plain.role === "user") return { ...plain, text: cut(plain.text, ending) };
  return {
    ...plain,
    results: plain.results.map((result, at) =>
      at === plain.results.length - 1 ? { ...result, text: cut(result.text, ending) } : result,
    ),
  };
}

function endingOf(notes: readonly Note[]): string {
  return notes.map(({ text }) => `\n\n${text}`).join("");
}

function cut(text: string, ending: string): string {
  return ending !== "" && text.endsWith(ending) ? text.slice(0, -ending.length) : text;
}
