import type { Environment } from "../config/parse-environment.ts";
import { NightshiftError } from "../domain/errors.ts";
import type { Forge } from "../domain/forge.ts";
import type { HealthCheck } from "../domain/health.ts";
import { checkGit } from "../forge/check-git.ts";
import { createGit } from "../forge/git.ts";
import { githubForge } from "../forge/github/github-forge.ts";
import type { Configuration } from "./configuration.ts";
import type { Log } from "./log.ts";

/** GitHub as our App sees it. @throws NightshiftError `bad_settings` before the App is set up. */
export function composeForge(
  { environment, settings, githubSecondMs: secondMs = 1_000 }: Configuration,
  { logger }: Log,
): Forge {
  const { app, githubApiUrl } = environment;
  if (app === undefined) {
    throw new NightshiftError(
      "bad_settings",
      "No GitHub App is set up: APP_ID, PRIVATE_KEY and WEBHOOK_SECRET are not set. Run `npm start` and open the page it names to make one.",
    );
  }
  return githubForge({
    appId: app.id,
    privateKey: app.privateKey,
    apiUrl: githubApiUrl,
    webUrl: webUrl(githubApiUrl),
    dataDir: settings.data_dir,
    lfsMb: settings.sandbox.lfs_mb,
    secondMs,
    log: (message) => logger.warn(message),
  });
}

/** Everything is done with git, with an App and without one. */
export async function examineGit(): Promise<HealthCheck> {
  return await checkGit(createGit(process.env));
}

export function webUrl(apiUrl: string): string {
  return apiUrl === "https://api.github.com" ? "https://github.com" : apiUrl.replace(/\/api\/v3$/, "");
}

/** The host that dependencies are fetched from by git. */
export function gitHost({ githubApiUrl }: Environment): string {
  return new URL(webUrl(githubApiUrl)).hostname;
}
