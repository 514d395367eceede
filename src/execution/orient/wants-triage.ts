import { visibleText } from "../../domain/quote-untrusted.ts";
import type { TriageMode } from "../../domain/settings.ts";
import type { Ticket } from "../../domain/ticket.ts";
import { visibleMarkdown } from "../../domain/visible-markdown.ts";
import { namedIn } from "./named-in.ts";

/** With fewer words a ticket says what to do only if it names something: "Fix it", "Does not work", "Improve speed". */
const fewWords = 6;

/** No model sees it. */
const picture = /!\[\](?:\([^()]*\)|\[[^\]]*\])|<(?:img|picture|source)\b[^>]*>/gi;

/** Whether a model is asked before the work: a call costs a fraction of a cent and seconds, work on a guess costs dollars. */
export function wantsTriage(mode: TriageMode, models: number, ticket: Pick<Ticket, "title" | "body">): boolean {
  switch (mode) {
    case "always":
      return true;
    case "never":
      return false;
    case "auto":
      // With one model there is nothing to choose, so that only what is missing could be found.
      return models > 1 || saysNothing(ticket);
    default:
      return mode satisfies never;
  }
}

/** Short, and neither code nor a file nor a number nor words in quotes in it. */
function saysNothing({ title, body }: Pick<Ticket, "title" | "body">): boolean {
  const text = `${visibleText(title)}\n${visibleMarkdown(body)}`.replaceAll(picture, "");
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const { paths, identifiers } = namedIn(text);
  return words.length < fewWords && paths.length === 0 && identifiers.size === 0 && !/[\d`"“”«»]|:\/\//.test(text);
}
