import { issueNumber, type Ticket } from "./ticket.ts";

const prefixes = { bug: "fix", feature: "feat", chore: "chore" } as const satisfies Record<Ticket["type"], string>;
const longestSlug = 40;

/** The branch of a ticket. */
export function branchOf(ticket: Pick<Ticket, "type" | "source" | "externalId" | "title">): string {
  const { type, source, externalId, title } = ticket;
  switch (source) {
    case "github_issue":
      return branchName(type, issueNumber(ticket), title);
    case "local":
      return `${prefixes[type]}/${slugOf(title) || externalId}`;
    default:
      return source satisfies never;
  }
}

/** The branch of a ticket, like `fix/101-crash-on-empty-cart`: always a valid ref, and the same for the same words. */
export function branchName(type: Ticket["type"], issue: number, title: string): string {
  const slug = slugOf(title);
  return `${prefixes[type]}/${issue}${slug === "" ? "" : `-${slug}`}`;
}

function slugOf(title: string): string {
  const words = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\p{M}'’`]/gu, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

  let slug = words[0]?.slice(0, longestSlug) ?? "";
  for (const word of words.slice(1)) {
    if (slug.length + 1 + word.length > longestSlug) break;
    slug += `-${word}`;
  }
  return slug;
}
