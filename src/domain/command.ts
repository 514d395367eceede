import { z } from "zod";
import { visibleText } from "./quote-untrusted.ts";

export const command = z.discriminatedUnion("verb", [
  /** The ticket may cost so much in all. */
  z.object({ verb: z.literal("budget"), usd: z.number().positive() }),
  /** The plan that waits is to be followed. */
  z.object({ verb: z.literal("approve") }),
  /** The work under way is to end. */
  z.object({ verb: z.literal("stop") }),
  /** The work is to begin once more, from the base. */
  z.object({ verb: z.literal("retry") }),
  /** What these rules found is right as it is. */
  z.object({ verb: z.literal("waive"), rules: z.array(z.string()), reason: z.string().nullable() }),
  /** No command, but words on a ticket that waits for some. */
  z.object({ verb: z.literal("reply"), text: z.string(), byAuthor: z.boolean() }),
  /** Said to us, and not understood. */
  z.object({ verb: z.literal("unknown"), said: z.string() }),
]);
/** What a person tells the robot by a comment. */
export type Command = Readonly<z.infer<typeof command>>;

/** How commands are written, for people. */
export const usage = [
  "`/robot approve` lets the plan that waits be followed",
  "`/robot stop` ends the work under way and keeps what is done",
  "`/robot retry` begins once more from the start",
  "`/robot waive RULE` accepts what a rule found in the change, like `/robot waive size -- it is all data`",
  "`/robot budget N` lets this ticket cost N US dollars in all, like `/robot budget 10` or `/robot budget 7.50`",
].join("; ");

const amount = /^\$?(\d{1,6}(?:\.\d{1,2})?)(?: ?usd)?$/i;

/** The first line of a comment that begins with `/robot`, as it is shown: not in code, in a quote or in what the page hides. */
export function parseCommand(comment: string): Command | undefined {
  const line = shownLines(comment).find((each) => /^ {0,3}\/robot(?:\s|$)/i.test(each));
  if (line === undefined) return undefined;
  const said = line.trim().replace(/^\/robot\s*/i, "");
  const [verb = "", ...rest] = said.split(/\s+/);
  const known = verb.toLowerCase();
  switch (known) {
    case "approve":
    case "stop":
    case "retry":
      return rest.length === 0 ? { verb: known } : { verb: "unknown", said: said.slice(0, 100) };
    case "budget": {
      const usd = Number(amount.exec(rest.join(" "))?.[1] ?? 0);
      return usd > 0 ? { verb: "budget", usd } : { verb: "unknown", said: said.slice(0, 100) };
    }
    case "waive":
      return waiverOf(rest.join(" ")) ?? { verb: "unknown", said: said.slice(0, 100) };
    default:
      return { verb: "unknown", said: said.slice(0, 100) };
  }
}

const mostRules = 20;
const longestReason = 500;
// As telephones write two hyphens, too.
const reasonMark = /(?:^|\s)(?:--|[–—])(?:\s|$)/;

/** Rules, with spaces or commas between them, and behind two hyphens why. A reason without them would hide a rule that is spelled wrong. */
function waiverOf(said: string): Command | undefined {
  const mark = reasonMark.exec(said);
  const reason = mark === null ? "" : said.slice(mark.index + mark[0].length).trim();
  const words = said
    .slice(0, mark?.index)
    .toLowerCase()
    .split(/[\s,`]+/);
  const rules = [...new Set(words.filter((word) => word !== ""))];
  if (rules.length === 0 || rules.length > mostRules) return undefined;
  return { verb: "waive", rules, reason: reason === "" ? null : reason.slice(0, longestReason) };
}

/** What is neither a fenced block nor a quote; an indented block, a list or a table does not begin with a command. */
function shownLines(comment: string): readonly string[] {
  let fence: string | undefined;
  let quoted = false;
  const html = /<(pre|code|blockquote)\b[\s\S]*?(?:<\/\1\s*>|$)/gi;
  return visibleText(comment)
    .replaceAll(html, "")
    .split("\n")
    .filter((line) => {
      const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
      if (fence !== undefined) {
        if (mark?.[1]?.startsWith(fence) && mark[2]?.trim() === "") fence = undefined;
        return false;
      }
      fence = mark?.[1];
      // What follows a quote without a blank line between is shown as a part of it.
      quoted = /^ {0,3}>/.test(line) || (quoted && line.trim() !== "");
      return fence === undefined && !quoted;
    });
}
