import { z } from "zod";
import type { CheckoutParts } from "../domain/checkout-parts.ts";
import type { CommittedFiles } from "../domain/committed-files.ts";
import type { Mirror } from "../domain/forge.ts";
import type { RepositorySettings } from "../domain/settings.ts";
import type { Survey } from "../domain/survey.ts";
import { allOf } from "./all-of.ts";
import { type BegunWork, findBegunWork } from "./coding/begun-work.ts";
import { surveyOf } from "./orient/survey-of.ts";
import type { Planned } from "./planning/plan.ts";
import type { Triaged } from "./planning/triage.ts";
import type { EarlyMirror } from "./sandboxes/early-mirror.ts";
import { choosePreparation, type Prepared } from "./sandboxes/preparation.ts";
import type { Commit } from "./sandboxes/take-change.ts";
import type { Seen } from "./show-seen.ts";
import type { WorkflowContext } from "./workflow.ts";

/** What all rounds of a run begin with. */
export interface Ground {
  readonly settings: RepositorySettings;
  readonly early: EarlyMirror;
  readonly seen: Seen;
  readonly triaged: Pick<Triaged, "assessment" | "document">;
  /** What people said to what the ticket left open, quoted. */
  readonly answers?: string | undefined;
  /** Where one was made. */
  readonly plan?: Planned | undefined;
}

/** The commit that the work starts from, and how it is made ready. */
export interface PreparedGround extends Pick<Prepared, "commands" | "preparation"> {
  /** What an earlier run has pushed, where this one goes on with it. */
  readonly begun: BegunWork | undefined;
  readonly mirror: Mirror;
  /** What a checkout of it needs besides. */
  readonly checkout: CheckoutParts;
  readonly baseSha: string;
  readonly files: CommittedFiles;
  /** Under way beside the sandbox; nothing where none could be made. */
  readonly survey: Promise<Survey | undefined>;
  readonly triaged: Ground["triaged"];
  readonly answers: Ground["answers"];
  readonly author: Commit["author"];
  readonly settings: RepositorySettings;
}

/** Told once, in the first round, is what the repository asks for and does not get. */
export async function groundOf(
  context: WorkflowContext,
  { settings, early, triaged, answers }: Ground,
  first: boolean,
): Promise<PreparedGround> {
  const { factory, ticket, run, step, tell, signal } = context;
  const mirror = await early.ready();
  const begun = await findBegunWork(context);
  // Fixed once, so that a resumed run goes on from where it began.
  const baseSha = await step("base", z.string(), async () => begun?.change.baseSha ?? mirror.headSha);
  const files = await factory.forge.committedFiles(mirror, baseSha);
  const survey = surveyOf(context, mirror, baseSha);
  // What fails is told to whoever waits for it.
  survey.catch(() => undefined);
  const reader = run.requestedBy.login;
  const [prepared, checkout, author] = await allOf(
    choosePreparation(ticket.repo, settings, files, factory.settings.sandbox.images),
    factory.forge.checkoutParts(mirror, { repo: ticket.repo, sha: baseSha, reader, signal }),
    // Before anything is paid: whoever may not look it up may not push either.
    factory.forge.committer(ticket.repo),
  );
  if (first) {
    for (const message of prepared.warnings) await tell({ type: "warned", message });
    for (const message of checkout.warnings) await tell({ type: "warned", message, about: "checkout" });
  }
  const { commands, preparation } = prepared;
  return { begun, mirror, baseSha, checkout, files, survey, triaged, answers, author, settings, commands, preparation };
}
