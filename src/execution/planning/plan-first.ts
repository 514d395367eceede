import type { Budget } from "../../domain/budget.ts";
import type { Outcome } from "../../domain/run.ts";
import type { OperatorSettings, RepositorySettings } from "../../domain/settings.ts";
import { listAnswers } from "../../store/waiting.ts";
import { quoteSaid } from "../coding/question.ts";
import type { Ground } from "../ground.ts";
import { reportProgress } from "../wording/progress-comment.ts";
import { saidInLine } from "../wording/said.ts";
import type { WorkflowContext } from "../workflow.ts";
import { type MadePlan, madePlan, makePlan, type Planned } from "./plan.ts";
import { planLines } from "./plan-lines.ts";
import type { TurnedDown } from "./planner-prompt.ts";
import type { Triaged } from "./triage.ts";

/** How often people may ask for another plan before somebody has to think about the ticket. */
const maxPlans = 3;
/** From this complexity on a feature gets a plan: several files, or a design of its own. */
const planFrom = 0.5;

/** The longest that one plan may take, in turns. */
const maxTurns = 20;

type PlannedFirst =
  /** `left` is what the work may use up. */
  | { readonly go: true; readonly plan: Planned | undefined; readonly left: Budget }
  | { readonly go: false; readonly outcome: Outcome };

/** A plan where the repository wants one, and where it wants that too, people's yes to it: until they give it, the run ends. */
export async function planFirst(context: WorkflowContext, ground: Ground, begin: Triaged): Promise<PlannedFirst> {
  const { step, tell, factory, run } = context;
  const { settings } = ground;
  let left = budgetOf(factory.settings);
  if (!wantsPlan(settings, begin)) return { go: true, plan: undefined, left };
  const answers = await listAnswers(factory.db, run.id);
  let before: TurnedDown | undefined;
  for (let n = 1; n <= maxPlans; n += 1) {
    const name = n === 1 ? "plan" : `plan ${n}`;
    const task = { step: name, before, budget: forPlan(left) };
    const made = await step(name, madePlan, () => planned(context, ground, task));
    left = without(left, made);
    // Where nobody could say yes, whoever asked for the work has.
    if (settings.approval === "none" || factory.askPeople !== true) {
      if (made.status === "none") await tell({ type: "warned", message: `Without a plan: ${made.reason}` });
      return { go: true, plan: made.status === "none" ? undefined : { plan: made.plan, approvedBy: null }, left };
    }
    if (made.status === "none") return { go: false, outcome: { status: "needs_human", reason: made.reason } };

    const answer = answers.find(({ asks }) => asks.kind === "approval" && asks.step === name);
    if (answer === undefined) return { go: false, outcome: forApproval(made, name, settings) };
    if (answer.approvedBy !== null) {
      return { go: true, plan: { plan: made.plan, approvedBy: answer.approvedBy }, left };
    }
    before = { plan: made.plan, replies: quoteSaid(answer) };
  }
  const reason = `${maxPlans} plans were made, and none was approved. Say in the issue what is wanted, then start over.`;
  return { go: false, outcome: { status: "needs_human", reason } };
}

export function wantsPlan(
  { plan, approval }: RepositorySettings,
  { assessment }: Pick<Triaged, "assessment">,
): boolean {
  if (approval === "required") return true;
  switch (plan) {
    case "always":
      return true;
    case "never":
      return false;
    case "auto":
      return assessment !== null && assessment.type === "feature" && assessment.complexity >= planFrom;
    default:
      return plan satisfies never;
  }
}

async function planned(
  context: WorkflowContext,
  ground: Ground,
  task: Parameters<typeof makePlan>[2],
): Promise<MadePlan> {
  if (task.budget.turns === 0) return tooFewTurns;
  await context.move("planning_started");
  await reportProgress(context, "planning");
  return await makePlan(context, ground, task);
}

const tooFewTurns: MadePlan = {
  status: "none",
  reason: "The run has too few turns left for a plan. The operator can raise `budget.turns` in nightshift.yaml.",
  turns: 0,
  timeMs: 0,
};

function budgetOf({ budget: { turns, minutes } }: Pick<OperatorSettings, "budget">): Budget {
  return { turns, timeMs: Math.ceil(minutes * 60_000) };
}

/** At most half of what is left: a plan that nobody could follow any more is worth nothing. */
function forPlan({ turns, timeMs }: Budget): Budget {
  return { turns: Math.min(maxTurns, Math.floor(turns / 2)), timeMs: Math.ceil(timeMs / 2) };
}

/** Never nothing, also where the operator allows less by now. */
function without(left: Budget, spent: Budget): Budget {
  return { turns: Math.max(1, left.turns - spent.turns), timeMs: Math.max(1, left.timeMs - spent.timeMs) };
}

function forApproval(
  { plan }: Extract<MadePlan, { readonly status: "planned" }>,
  step: string,
  { answers_from: from }: RepositorySettings,
): Outcome {
  const reason = planLines(plan, saidInLine).join("\n");
  return { status: "waiting", reason, asks: { kind: "approval", step, from } };
}
