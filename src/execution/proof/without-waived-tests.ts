import { plainWords } from "./plain-words.ts";

/** What people say of a red test that is nobody's concern here, in plain words, "it" for its name. */
const waived = [
  /\b(?:ignore|disregard|skip|(?:be|being) (?:ignored|skipped|disregarded))\b/,
  /\b(?:leave|leaving) (?:\w+ ){1,4}(?:alone|as|be|red|out|untouched)\b/,
  /\b(?:known|expected|allowed|supposed) (?:to (?:fail|be red|be broken|be flaky)|fail(?:s|ing|ures?)|red|flak[ey]\w*|issues?|problems?)\b/,
  /\b(?:pre-?existing|unrelated|out of scope|(?:fails|failing|red|broken) anyway)\b/,
  /\b(?:not|\w*n t|no need to|never) (?:\w+ ){0,2}(?:fix|mend|repair|touch|worry|care|bother|matter|part of|about|count|related)\b/,
];
/** These two undo each other. */
const insists =
  /\b(?:not|\w*n t|never|without|no longer|stop|instead of) (?:\w+ ){0,2}(?:ignor|skip|disregard|leav)\w*/g;

const heading = /^\s*#{1,6}\s/;
const listed = /^\s*(?:[-*+]|\d+[.)])\s|^\s*$/;
/** Where what one sentence says ends. */
const clause = /(?<=[.!?;])\s+|,?\s+\b(?=(?:but|however|instead|except)\b)/i;

/**
 * A text without the sentences that say which tests may stay red, and without the lists below such a line: a test that is named there
 * only is not asked for. `names` are the tests' own: what they are called says nothing.
 */
export function withoutWaivedTests(text: string, names: readonly string[]): string {
  const isWaived = (part: string) => {
    const words = names.reduce((said, name) => said.replaceAll(` ${name} `, " it "), ` ${plainWords(part)} `);
    const rest = words.replaceAll(insists, " ");
    return waived.some((pattern) => pattern.test(rest));
  };
  let under: "heading" | "list" | undefined;
  return text
    .split("\n")
    .map((line) => {
      if (heading.test(line)) under = isWaived(line) ? "heading" : undefined;
      else if (under === "list" && !listed.test(line)) under = undefined;
      if (under !== undefined) return "";
      if (/:[*_\s]*$/.test(line) && isWaived(line)) under = "list";
      return line
        .split(clause)
        .filter((part) => !isWaived(part))
        .join(" ");
    })
    .join("\n");
}
