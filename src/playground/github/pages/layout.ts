import { html, raw } from "hono/html";
import type { Account, GitHubState } from "../github-state.ts";
import { style } from "./style.ts";

/** What `html` makes: text in it is escaped already. */
export type Html = ReturnType<typeof html>;

/** Nothing may be loaded or run that a comment brings in. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'";

/** A whole page. `trail` are the links above its title. */
export async function layout(
  github: GitHubState,
  page: {
    readonly title: string;
    readonly trail: readonly { readonly name: string; readonly href: string }[];
    readonly body: Html;
    readonly status?: number;
  },
): Promise<Response> {
  const text = await html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${page.title}</title>
    <style>
      ${raw(style)}
    </style>
  </head>
  <body>
    <header>
      <nav>
        <a href="/" class="home">GitHub look-alike</a>
        ${page.trail.map(({ name, href }) => html`<span class="slash">/</span><a href="${href}">${name}</a>`)}
      </nav>
      <span class="muted">${new URL(github.url).host}</span>
    </header>
    <main>${page.body}</main>
  </body>
</html>`;
  return new Response(String(text), {
    status: page.status ?? 200,
    headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": policy },
  });
}

export function avatar(account: Account): Html {
  return html`<img class="avatar" src="/avatars/u/${account.id}" alt="" width="32" height="32" />`;
}

export function who(account: Account): Html {
  const bot = account.type === "Bot" ? html`<span class="tag">bot</span>` : "";
  return html`<b>${account.login.replace("[bot]", "")}</b> ${bot}`;
}

export function when(date: Date): Html {
  const text = date.toISOString();
  return html`<time datetime="${text}">${text.slice(0, 16).replace("T", " ")} UTC</time>`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
