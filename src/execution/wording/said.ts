import { visibleText } from "../../domain/quote-untrusted.ts";

// GitHub reads these wherever they stand; a character that is drawn as nothing keeps them readable and without effect.
const mention = /@(?=[A-Za-z0-9])/g;
// https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
const closing =
  /\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?=[\s:*_~[(<`'"\\]*(?:#|gh-\d|[\w.-]{1,39}\/[\w.-]{1,100}#|https?:))/gi;
// https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs
const skippedChecks = /\[(skip|ci|no|actions)(?= (?:ci|skip|actions)\])|\b(skip-checks)(?=:)/gi;
const trailer = /^([\w-]+-by)(?=\s*:)/gim;

/** What a model says, where GitHub reads it: it calls nobody, closes no issue, skips no checks and signs for nobody. */
export function defuse(text: string): string {
  return visibleText(text)
    .toWellFormed()
    .replaceAll(mention, "@\u200b")
    .replaceAll(closing, "$1\u200b")
    .replaceAll(skippedChecks, "$&\u200b")
    .replaceAll(trailer, "$1\u200b");
}

/** The same as Markdown in one line. */
export function saidInLine(text: string): string {
  return asText(defuse(text)).replaceAll(/\s+/g, " ");
}

/** A sentence as a part of another one, which ends for both. */
export function withoutStop(text: string): string {
  return text.trimEnd().replace(/(?<!\.\.)\.$/, "");
}

/** The same as a block of Markdown: quoted, so that no fence, list or heading of it reaches what follows. */
export function said(text: string): string {
  return asText(defuse(text))
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
}

/** A tag could close the quote, and a character reference is an `@` or `#` by another name. */
function asText(text: string): string {
  return text.replaceAll(/<(?=[a-z/!?])|&(?=#?\w+;)/gi, "$&\u200b");
}
