import { quoteUntrusted } from "../../domain/quote-untrusted.ts";
import type { Ticket } from "../../domain/ticket.ts";
import { visibleMarkdown } from "../../domain/visible-markdown.ts";

export interface QuotedTicket {
  readonly title: string;
  readonly description: string;
}

/** What a person wrote, for a model: as the page shows it, and marked as data. The only form in which an issue reaches one. */
export function quoteTicket({ title, body }: Pick<Ticket, "title" | "body">): QuotedTicket {
  return {
    title: quoteUntrusted("issue title", title, 500),
    description: quoteUntrusted("issue", visibleMarkdown(body)),
  };
}
