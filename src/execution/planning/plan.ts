import { z } from "zod";
import { workedMs } from "../../agent/journal.ts";
import { runAgent } from "../../agent/run-agent.ts";
import { plannerTools } from "../../agent/tools/planner-tools.ts";
import type { Budget } from "../../domain/budget.ts";
import { type Plan, plan } from "../../domain/plan.ts";
import { saveArtifact } from "../../store/artifacts.ts";
import { openPurse } from "../../store/ledger.ts";
import { openJournal } from "../coding/durable-journal.ts";
import { type Ground, groundOf } from "../ground.ts";
import { removeSandbox } from "../sandboxes/check-out.ts";
import { readySandbox } from "../sandboxes/ready-sandbox.ts";
import { explainSetUp } from "../sandboxes/set-up.ts";
import { saidInLine } from "../wording/said.ts";
import type { WorkflowContext } from "../workflow.ts";
import { plannerOpening, plannerPrompt, type TurnedDown } from "./planner-prompt.ts";

// Older plans do not say it.
const spent = { turns: z.number().default(0), timeMs: z.number().default(0) };

/** What the planner's work came to; `artifact` holds the same plan as JSON. */
export const madePlan = z.discriminatedUnion("status", [
  z.object({ status: z.literal("planned"), plan, artifact: z.string(), ...spent }),
  z.object({ status: z.literal("none"), reason: z.string(), ...spent }),
]);
export type MadePlan = z.infer<typeof madePlan>;

/** A plan that is to be followed. */
export interface Planned {
  readonly plan: Plan;
  readonly approvedBy: string | null;
}

const maxOutputTokens = 8_000;

interface Task {
  readonly step: string;
  readonly before: TurnedDown | undefined;
  readonly budget: Budget;
}

/** The planner looks at the base, in a sandbox in which it can change nothing, and says what is to be done. */
export async function makePlan(
  context: WorkflowContext,
  parts: Ground,
  { step, before, budget }: Task,
): Promise<MadePlan> {
  const { factory, lease, signal, tell } = context;
  const { db, models, settings } = factory;
  parts.seen.begin();
  // What the repository asks for and does not get is told by the coder's first round.
  const ground = await groundOf(context, parts, false);
  const { mirror, baseSha, preparation, checkout } = ground;
  const { repo } = context.ticket;
  const at = { repo, mirror, sha: baseSha, baseSha, parts: checkout, preparation, purpose: "work" } as const;
  const { sandbox, failure } = await readySandbox(context, at);
  try {
    if (failure !== undefined) {
      return { status: "none", reason: explainSetUp(failure, settings.sandbox), turns: 0, timeMs: 0 };
    }
    const system = await plannerPrompt(sandbox);
    const opening = await plannerOpening(context.ticket, ground, before);
    const asked = { step, system, opening, models: models.namesOf("planning") };
    const { journal, opening: first } = await openJournal(factory, lease, asked, async () => undefined);
    const purse = openPurse(db, lease, { step, budget: settings.budget, now: () => new Date() });
    // Before anything is paid.
    await parts.seen.shown();
    const started = factory.clock() - workedMs(journal.recorded);
    const end = await runAgent({
      route: models.route("planning", { purse, tell }),
      system: system.text,
      opening: first,
      tools: plannerTools,
      sandbox,
      commandSeconds: settings.sandbox.command_seconds,
      budget,
      maxOutputTokens,
      journal,
      tell,
      signal,
      clock: factory.clock,
    });
    const spent = { turns: end.turns, timeMs: Math.round(factory.clock() - started) };
    if (end.status !== "submitted") {
      const reason = end.status === "stopped" ? end.reason : end.question.question;
      return { status: "none", reason: `The planner stopped without a plan: ${saidInLine(reason)}.`, ...spent };
    }
    const made = plan.parse(end.submission);
    await tell({ type: "plan_made", step, goal: made.goal, steps: made.steps.length });
    return {
      status: "planned",
      plan: made,
      artifact: await saveArtifact(db, "plan", Buffer.from(JSON.stringify(made))),
      ...spent,
    };
  } finally {
    await removeSandbox(sandbox, context);
  }
}
