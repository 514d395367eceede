import type { Outcome } from "../domain/run.ts";
import type { RepositorySettings } from "../domain/settings.ts";
import { listAnswers } from "../store/waiting.ts";
import type { Ground } from "./ground.ts";
import { type MadePlan, madePlan, makePlan, type Planned } from "./plan.ts";
import { planLines } from "./plan-lines.ts";
import type { TurnedDown } from "./planner-prompt.ts";
import { reportProgress } from "./progress-comment.ts";
import { quoteSaid } from "./question.ts";
import { saidInLine } from "./said.ts";
import type { Triaged } from "./triage.ts";
import type { WorkflowContext } from "./workflow.ts";

/** How often people may ask for another plan before somebody has to think about the ticket. */
const maxPlans = 3;
/** From this complexity on a feature gets a plan: several files, or a design of its own. */
const planFrom = 0.5;

type PlannedFirst =
  | { readonly go: true; readonly plan: Planned | undefined }
  | { readonly go: false; readonly outcome: Outcome };

/** A plan where the repository wants one, and where it wants that too, people's yes to it: until they give it, the run ends. */
export async function planFirst(context: WorkflowContext, ground: Ground, begin: Triaged): Promise<PlannedFirst> {
  const { step, tell, factory, run } = context;
  const { settings } = ground;
  if (!wantsPlan(settings, begin)) return { go: true, plan: undefined };
  const answers = await listAnswers(factory.db, run.id);
  let before: TurnedDown | undefined;
  for (let n = 1; n <= maxPlans; n += 1) {
    const name = n === 1 ? "plan" : `plan ${n}`;
    const made = await step(name, madePlan, () => planned(context, ground, name, before));
    // Where nobody could say yes, whoever asked for the work has.
    if (settings.approval === "none" || factory.askPeople !== true) {
      if (made.status === "none") await tell({ type: "warned", message: `Without a plan: ${made.reason}` });
      return { go: true, plan: made.status === "none" ? undefined : { plan: made.plan, approvedBy: null } };
    }
    if (made.status === "none") return { go: false, outcome: { status: "needs_human", reason: made.reason } };

    const answer = answers.find(({ asks }) => asks.kind === "approval" && asks.step === name);
    if (answer === undefined) return { go: false, outcome: forApproval(made, name, settings) };
    if (answer.approvedBy !== null) return { go: true, plan: { plan: made.plan, approvedBy: answer.approvedBy } };
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
  step: string,
  before: TurnedDown | undefined,
): Promise<MadePlan> {
  await context.move("planning_started");
  await reportProgress(context, "planning");
  return await makePlan(context, ground, { step, before });
}

function forApproval(
  { plan }: Extract<MadePlan, { readonly status: "planned" }>,
  step: string,
  { answers_from: from }: RepositorySettings,
): Outcome {
  const reason = planLines(plan, saidInLine).join("\n");
  return { status: "waiting", reason, asks: { kind: "approval", step, from } };
}
