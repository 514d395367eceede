import { Hono } from "hono";
import type { GitHubState } from "../github-state.ts";

/** The pages for people. */
export function pages(github: GitHubState): Hono {
  const app = new Hono();
  app.get("/", (c) => c.text(`Repositories: ${[...github.repositories.keys()].join(", ")}`));
  return app;
}
