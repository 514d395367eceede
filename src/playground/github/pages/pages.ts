import { Hono } from "hono";
import { html } from "hono/html";
import { z } from "zod";
import { findRepository } from "../find-repository.ts";
import type { Account, GitHubState, StoredRepository } from "../github-state.ts";
import { manifestCode } from "../rest/manifest-routes.ts";
import { commitPage } from "./commit-page.ts";
import { homePage } from "./home-page.ts";
import { pagePath } from "./issue-list.ts";
import { issuePage } from "./issue-page.ts";
import { layout } from "./layout.ts";
import { pullPage } from "./pull-page.ts";
import { repositoryPage } from "./repository-page.ts";

/** The pages for people. Nobody has to sign in: everything here is on one machine. */
export function pages(github: GitHubState): Hono {
  const app = new Hono();
  const missing = () =>
    layout(github, {
      title: "Not found",
      trail: [],
      status: 404,
      body: html`<p class="empty">There is no such page.</p>`,
    });
  const repoIn = (owner: string, name: string): StoredRepository | undefined => findRepository(github, owner, name);

  app.notFound(missing);
  app.get("/", async () => await homePage(github));
  app.get("/avatars/u/:id", (c) => {
    const account = [...github.accounts.values()].find((each) => each.id === Number(c.req.param("id")));
    if (account === undefined) return c.notFound();
    return c.body(avatarImage(account), 200, { "content-type": "image/svg+xml" });
  });
  // Where a set-up page sends people to make the App: here it exists already, so they go straight back with the code.
  app.post("/settings/apps/new", async (c) => {
    const { manifest: text } = await c.req.parseBody();
    const manifest = z.object({ redirect_url: z.url() }).parse(JSON.parse(String(text)));
    const back = new URL(manifest.redirect_url);
    back.searchParams.set("code", manifestCode);
    return c.redirect(back.href);
  });
  app.get("/:owner/:name", async (c) => {
    const repo = repoIn(c.req.param("owner"), c.req.param("name"));
    return repo === undefined ? await missing() : await repositoryPage(github, repo);
  });
  app.get("/:owner/:name/issues/:number", async (c) => {
    const repo = repoIn(c.req.param("owner"), c.req.param("name"));
    const issue = repo?.issues.get(Number(c.req.param("number")));
    if (repo === undefined || issue === undefined) return await missing();
    return issue.pull === undefined ? await issuePage(github, repo, issue) : c.redirect(pagePath(repo, issue));
  });
  app.get("/:owner/:name/pull/:number/:tab{commits|checks|files}?", async (c) => {
    const repo = repoIn(c.req.param("owner"), c.req.param("name"));
    const issue = repo?.issues.get(Number(c.req.param("number")));
    if (repo === undefined || issue === undefined) return await missing();
    if (issue.pull === undefined) return c.redirect(pagePath(repo, issue));
    const asked = c.req.param("tab");
    const tab = asked === "commits" || asked === "checks" || asked === "files" ? asked : "conversation";
    return await pullPage(github, repo, { issue, pull: issue.pull }, tab);
  });
  app.get("/:owner/:name/commit/:sha", async (c) => {
    const repo = repoIn(c.req.param("owner"), c.req.param("name"));
    return (repo && (await commitPage(github, repo, c.req.param("sha")))) ?? (await missing());
  });
  return app;
}

function avatarImage(account: Account): string {
  const letter = /[a-z0-9]/i.exec(account.login)?.[0]?.toUpperCase() ?? "?";
  const hue = (account.id * 67) % 360;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="hsl(${hue} 45% 48%)"/><text x="16" y="22" font-family="sans-serif" font-size="17" fill="#fff" text-anchor="middle">${letter}</text></svg>`;
}
