import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { Guard } from "./guard-rule.ts";

// https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/choosing-permissions-for-a-github-app
const workflow = /^\.github\/workflows\//i;

/** GitHub refuses a push that touches these by whoever lacks "workflows: write", as we do by design: all of it, not these files only. */
export const workflows: Guard = ({ files }) =>
  files
    .filter(({ path, from }) => workflow.test(path) || workflow.test(from ?? ""))
    .map(
      ({ path }): GuardFinding => ({
        ...{ rule: "workflows", severity: "blocks", file: path, line: null },
        text: "workflows cannot be part of a change, since Nightshift may not push them: a person has to make this part by hand",
      }),
    );
