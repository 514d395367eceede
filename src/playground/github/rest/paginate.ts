import type { GitHubState } from "../github-state.ts";
import type { RestContext } from "./rest-app.ts";

/** The page that `per_page` and `page` ask for, with the Link header to the others. */
export function paginate<Item>(github: GitHubState, c: RestContext, items: readonly Item[]): readonly Item[] {
  const perPage = Math.min(positive(c.req.query("per_page"), 30), 100);
  const page = positive(c.req.query("page"), 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const links: string[] = [];
  const link = (rel: string, to: number) => {
    const query = new URLSearchParams(c.req.query());
    query.set("per_page", String(perPage));
    query.set("page", String(to));
    links.push(`<${github.apiUrl}${c.req.path}?${query}>; rel="${rel}"`);
  };
  if (page > 1) link("prev", page - 1);
  if (page < last) link("next", page + 1);
  if (page < last) link("last", last);
  if (page > 1) link("first", 1);
  if (links.length > 0) c.header("link", links.join(", "));
  return items.slice((page - 1) * perPage, page * perPage);
}

function positive(text: string | undefined, otherwise: number): number {
  const value = Number.parseInt(text ?? "", 10);
  return value > 0 ? value : otherwise;
}
