import { workedMs } from "../../agent/journal.ts";
import { runAgent } from "../../agent/run-agent.ts";
import { askHuman } from "../../agent/tools/ask-human.ts";
import { coderToolsFor } from "../../agent/tools/coder-tools.ts";
import type { Budget } from "../../domain/budget.ts";
import { openPurse } from "../../store/ledger.ts";
import type { Coded } from "../coded.ts";
import { type Ground, groundOf } from "../ground.ts";
import { type Round, stepOf } from "../round.ts";
import { removeSandbox } from "../sandboxes/check-out.ts";
import { readySandbox } from "../sandboxes/ready-sandbox.ts";
import { explainSetUp } from "../sandboxes/set-up.ts";
import type { WorkflowContext } from "../workflow.ts";
import { answeredBy } from "./answered-by.ts";
import { checkpoints } from "./checkpoint.ts";
import { coderPrompt, openingPrompt } from "./coder-prompt.ts";
import { openJournal } from "./durable-journal.ts";
import { followPlan } from "./follow-plan.ts";
import { handIn } from "./hand-in.ts";
import { lookAtBase } from "./look-at-base.ts";
import { asking, questionsOf } from "./question.ts";
import { restoreWork } from "./restore-work.ts";

const maxOutputTokens = 16_000;

/** One round of the coder's work. */
export interface Task {
  /** The rounds before it. */
  readonly rounds: readonly Round[];
  /** How many models of the route are passed over. */
  readonly from: number;
  readonly budget: Budget;
}

/** The coder works in a sandbox until it hands in or a limit ends it; what is in the workspace then is the change. */
export async function code(context: WorkflowContext, parts: Ground, task: Task): Promise<Coded> {
  const { factory, lease } = context;
  const { db, models, settings } = factory;
  parts.seen.begin();
  const ground = await groundOf(context, parts, task.rounds.length === 0);
  const { mirror, baseSha, preparation, checkout } = ground;
  const { repo } = context.ticket;
  const at = { repo, mirror, sha: baseSha, baseSha, parts: checkout, preparation, purpose: "work" } as const;
  const { sandbox, failure } = await readySandbox(context, at);
  try {
    if (failure !== undefined) {
      const model = models.namesOf("code")[task.from] ?? models.namesOf("code")[0];
      const nothing = { turns: 0, costUsd: 0, timeMs: 0, stop: null, from: task.from, model };
      return { status: "unchanged", change: null, reason: explainSetUp(failure, settings.sandbox), ...nothing };
    }

    const step = stepOf("code", task.rounds.length + 1);
    const online = sandbox.provider === "process" || settings.sandbox.network.allow.includes("*");
    const askPeople = factory.askPeople === true;
    const system = await coderPrompt(sandbox, ground.commands, { online, askPeople });
    const opening = await openingPrompt(context.ticket, ground, task.rounds, parts.plan);
    const criteria = ground.triaged.document.acceptance_criteria;
    const tools = coderToolsFor(models.namesOf("code")[task.from] ?? "", criteria);
    const questions = await questionsOf(context, step);
    const asked = { step, system, opening, models: models.namesOf("code").slice(task.from) };
    const { journal, ...recorded } = await openJournal(factory, lease, asked, checkpoints(context, sandbox, baseSha));
    const before = task.rounds.at(-1)?.work.change ?? ground.begun?.change;
    await restoreWork(context, sandbox, recorded.checkpoint, before?.bundle);

    const purse = openPurse(db, lease, { step, budget: settings.budget, now: () => new Date() });
    const { route, model, words } = answeredBy(
      models.route("code", { purse, tell: context.tell, from: task.from }),
      models.namesOf("code"),
      journal.recorded,
    );
    // Before anything is paid.
    await parts.seen.shown();
    const started = factory.clock() - workedMs(journal.recorded);
    const plan = followPlan(context);
    const end = await runAgent({
      route,
      system: system.text,
      opening: recorded.opening,
      tools: askPeople ? [...tools, askHuman(questions.left)] : tools,
      sandbox,
      commandSeconds: settings.sandbox.command_seconds,
      budget: task.budget,
      maxOutputTokens,
      journal,
      tell: plan.tell,
      signal: context.keeping,
      stop: context.stop,
      // Where the sandbox is gone there is nothing to hand in; what was checked in before is kept when the run ends.
      isFinal: (error) => context.lastAttempt && error.code === "model_unavailable",
      ...(questions.answer && { answer: questions.answer }),
      knownRed: lookAtBase(context, ground, at, sandbox.workspace),
      clock: factory.clock,
    }).finally(plan.shown);
    if (end.status === "asked") {
      throw asking(end.question, { step, turn: end.turns, from: parts.settings.answers_from });
    }
    const timeMs = Math.round(factory.clock() - started);
    const used = { from: task.from, model: model(), timeMs, words: words() };
    return await handIn({ ...context, signal: context.keeping }, sandbox, ground, end, used);
  } finally {
    await removeSandbox(sandbox, context);
  }
}
