import { isCode } from "../../domain/outline.ts";
import { visibleText } from "../../domain/quote-untrusted.ts";
import type { Ticket, TicketDetails } from "../../domain/ticket.ts";
import { visibleMarkdown } from "../../domain/visible-markdown.ts";
import { type Named, namedIn } from "./named-in.ts";

type Words = Pick<Ticket, "title" | "body">;

const mostFiles = 20;
const mostCriteria = 20;
const logChars = 4_000;

const fence = /^ {0,3}(```+|~~~+)[^\n]*\n([\s\S]*?)(?:^ {0,3}\1|$(?![\s\S]))/gm;
const trace =
  /Traceback \(most recent|^\s+at \S.*[:(]|^\s*File ".+", line \d|\b(?:[A-Z]\w*)?(?:Error|Exception|Warning)\b\S*:|\bpanick?(?:ed at|:)|^error(?:\[|:)|\bFATAL\b|\bexit (?:code|status) [1-9]/m;
const task = /^\s*[-*+] \[[ xX]\] (.+)$/gm;
const wanting =
  /^(?:#{1,6} +|\*\*)?(?:acceptance(?: criteria)?|expected(?: (?:behaviou?r|result|outcome))?|definition of done|done when|requirements?)\b[:*\s]*$/i;
const item = /^\s*(?:[-*+]|\d+[.)]) +(?:\[[ xX]\] +)?(.+)$/;

/** A ticket in its own words, as a person sees them. */
export function wordsOf({ title, body }: Words): string {
  return `${visibleText(title)}\n${visibleMarkdown(body)}`;
}

/** What a ticket names. */
export function namedBy(ticket: Words): Named {
  return namedIn(wordsOf(ticket));
}

/** What a ticket says by itself, read without a model. */
export function readTicket(of: Words): TicketDetails {
  const body = visibleMarkdown(of.body);
  const logs = [...body.matchAll(fence)].map(([, , block = ""]) => block.trim()).filter((block) => trace.test(block));
  const filepaths = namedBy(of).paths.filter((path) => path.includes("/") || isCode(path));
  return {
    filepaths: filepaths.slice(0, mostFiles),
    errorLogs: logs.length === 0 ? undefined : logs.join("\n\n").slice(0, logChars).toWellFormed(),
    acceptance_criteria: criteriaOf(body).slice(0, mostCriteria),
  };
}

/** A list of tasks, else the list under a heading that promises what is wanted. */
function criteriaOf(body: string): string[] {
  const tasks = [...body.matchAll(task)].map(([, text = ""]) => text.trim());
  if (tasks.length > 0) return tasks;
  const lines = body.split("\n");
  const heading = lines.findIndex((line) => wanting.test(line.trim()));
  if (heading === -1) return [];
  const below = lines.slice(heading + 1);
  const next = below.findIndex((line) => /^#{1,6} /.test(line));
  return below.slice(0, next === -1 ? below.length : next).flatMap((line) => item.exec(line)?.[1]?.trim() ?? []);
}
