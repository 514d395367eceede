import { matchesPattern } from "../../domain/matches-pattern.ts";
import { repositorySettingsPath } from "../../domain/settings.ts";
import type { Enqueue } from "../../store/accept.ts";
import type { Asked } from "../../store/commands.ts";
import { findNewestRunAt } from "../../store/newest-run.ts";
import { retryTicket, type Takes } from "../../store/retry-ticket.ts";
import { isUnpublishable } from "../guards/findings-of.ts";
import { bestOf, recordedRounds, stepOf } from "../round.ts";
import { ticketIs } from "../wording/ticket-is.ts";
import type { Factory } from "../workflow.ts";

type Means = Pick<Factory, "db" | "forge" | "parseRepositorySettings">;

/** A new run: from the base, or, where nothing but what `test_secrets` names by now held the change back, of what was done before. */
export async function obeyRetry(
  asked: Asked,
  noTicket: string,
  means: Means,
  enqueue: Enqueue,
): Promise<string | undefined> {
  const retried = await retryTicket(means.db, asked, { enqueue, takes: await findAllowed(asked, means) });
  if (retried.status === "no_ticket") return noTicket;
  if (retried.status === "under_way") return "a run is under way already. `/robot stop` ends it.";
  return retried.status === "over" ? `nothing was started, since ${ticketIs(retried.state)}.` : undefined;
}

/** The run whose change may leave by now, with the steps that are to be done anew: its rules look at it once more, whatever is said here. */
async function findAllowed(asked: Asked, { db, forge, parseRepositorySettings }: Means): Promise<Takes | undefined> {
  const runId = await findNewestRunAt(db, asked);
  if (runId === undefined) return undefined;
  const rounds = await recordedRounds(db, runId);
  const held = bestOf(rounds)?.findings.filter(isUnpublishable) ?? [];
  // Else it was ended before its work was, and would go on with a coder whose workspace is gone.
  if (held.length === 0 || rounds.at(-1)?.decision?.next !== "end") return undefined;
  const parsed = parseRepositorySettings((await forge.readFile(asked.repo, repositorySettingsPath)) ?? "");
  const patterns = parsed.ok ? parsed.settings.test_secrets : [];
  const isAllowed = held.every(
    ({ rule, file }) => rule === "secrets" && patterns.some((pattern) => matchesPattern(pattern, file)),
  );
  return isAllowed ? { runId, anew: rounds.map((_, index) => stepOf("guard", index + 1)) } : undefined;
}
