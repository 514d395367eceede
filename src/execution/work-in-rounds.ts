import type { Budget } from "../domain/budget.ts";
import { evidence } from "../domain/evidence.ts";
import { listWaivers } from "../store/waivers.ts";
import { allOf } from "./all-of.ts";
import { coded } from "./coded.ts";
import { code } from "./coding/code.ts";
import { budgetOf, decideNext, type Limits } from "./decide-next.ts";
import type { Ground } from "./ground.ts";
import { guard } from "./guard.ts";
import { wordsOf } from "./orient/read-ticket.ts";
import type { Triaged } from "./planning/triage.ts";
import { verify } from "./proof/verify.ts";
import { type Decision, decision, guardFindings, type Round, recordedRounds, stepOf } from "./round.ts";
import { withWaived } from "./with-waived.ts";
import { reportProgress } from "./wording/progress-comment.ts";
import type { WorkflowContext } from "./workflow.ts";

/**
 * Code, verify and guard, until the tests pass and no rule objects, or nothing is left to try: a model mends its change, then the next one of the route takes over.
 * Each round is steps of its own, so that a resumed run goes on in the round where it stood.
 */
export async function workInRounds(
  context: WorkflowContext,
  ground: Ground,
  { begin, budget }: { readonly begin: Triaged; readonly budget: Budget },
): Promise<readonly Round[]> {
  const limits = limitsOf(context, ground, budget);
  const waivers = await listWaivers(context.factory.db, context.ticket.id);
  const recorded = withWaived(await recordedRounds(context.factory.db, context.run.id), waivers);
  let rounds = await decided(context, recorded, limits);
  for (let from = nextOf(rounds, begin); from !== undefined; from = nextOf(rounds, begin)) {
    const round = await roundOf(context, ground, { rounds, from, limits });
    rounds = await decided(context, [...rounds, ...withWaived([round], waivers)], limits);
  }
  return rounds;
}

function limitsOf({ factory }: WorkflowContext, { settings, triaged }: Ground, budget: Budget): Limits {
  return {
    models: factory.models.namesOf("code"),
    maxRefinements: settings.max_refinements,
    isBug: triaged.document.type === "bug",
    confidence: factory.settings.llm.escalation.confidence,
    budget,
  };
}

interface Next {
  readonly rounds: readonly Round[];
  readonly from: number;
  readonly limits: Limits;
}

async function roundOf(context: WorkflowContext, ground: Ground, next: Next): Promise<Round> {
  const { step, move, ticket } = context;
  const { rounds, limits } = next;
  // The operator may have fewer models by now.
  const from = Math.min(next.from, limits.models.length - 1);
  const n = rounds.length + 1;
  const budget = budgetOf(rounds, from, limits) ?? limits.budget;

  await move("coding_started");
  const [work] = await allOf(
    step(stepOf("code", n), coded, () => code(context, ground, { rounds, from, budget })),
    // Beside the work, not before it: GitHub wants a second between two writes.
    reportProgress(context, "coding"),
  );
  if (work.status === "unchanged") return { work, seen: undefined, findings: [] };

  await move("testing_started");
  const { isBug } = limits;
  const asked = wordsOf(ticket);
  const [seen] = await allOf(
    step(stepOf("verify", n), evidence, () => verify(context, work, { isBug, asked })),
    reportProgress(context, "testing"),
  );
  const findings = await step(stepOf("guard", n), guardFindings, () => guard(context, ground.settings, work));
  return { work, seen, findings };
}

/** The rounds with what follows the last one, decided and told once. */
async function decided(context: WorkflowContext, rounds: readonly Round[], limits: Limits): Promise<readonly Round[]> {
  const last = rounds.at(-1);
  if (last === undefined) return rounds;
  const next = await context.step(stepOf("decide", rounds.length), decision, async () => {
    const next = decideNext(rounds, limits);
    await tellDecision(context, next, rounds, limits);
    return next;
  });
  return [...rounds.slice(0, -1), { ...last, decision: next }];
}

/** How many models the next round passes over; nothing when the work has ended. */
function nextOf(rounds: readonly Round[], begin: Triaged): number | undefined {
  const last = rounds.at(-1);
  if (last === undefined) return begin.from;
  switch (last.decision?.next) {
    case "refine":
      return last.work.from;
    case "escalate":
      return last.decision.from;
    case "end":
    case undefined:
      return undefined;
    default:
      return last.decision satisfies never;
  }
}

async function tellDecision(
  { tell }: WorkflowContext,
  next: Decision,
  rounds: readonly Round[],
  { models }: Limits,
): Promise<void> {
  if (next.next === "end") return;
  const round = rounds.length + 1;
  const model = rounds.at(-1)?.work.model ?? "";
  const { reason } = next;
  if (next.next === "refine") {
    await tell({ type: "refining", round, model, refinement: next.refinement, of: next.of, reason });
  } else {
    await tell({ type: "escalated", round, from: model, to: models[next.from] ?? "", why: next.why, reason });
  }
}
