import { z } from "zod";
import { askFor } from "../../agent/ask-for.ts";
import { renderPrompt } from "../../agent/render-prompt.ts";
import { explain, NightshiftError } from "../../domain/errors.ts";
import { joinPrompts } from "../../domain/recording.ts";
import type { Survey } from "../../domain/survey.ts";
import { priorities, type Ticket, ticketDocument, ticketTypes, toDocument } from "../../domain/ticket.ts";
import { listEvents } from "../../store/events.ts";
import { openPurse } from "../../store/ledger.ts";
import { openJournal } from "../coding/durable-journal.ts";
import type { Ground } from "../ground.ts";
import { findNamed } from "../orient/find-named.ts";
import { mapPrompt } from "../orient/map-prompt.ts";
import { quoteTicket } from "../orient/quote-ticket.ts";
import { namedBy, readTicket } from "../orient/read-ticket.ts";
import { surveyOf } from "../orient/survey-of.ts";
import { wantsTriage } from "../orient/wants-triage.ts";
import type { WorkflowContext } from "../workflow.ts";

const line = z.string().min(1).max(300);

export const assessment = z.strictObject({
  type: z.enum(ticketTypes),
  priority: z.enum(priorities).default("medium"),
  complexity: z.number().min(0).max(1).describe("How hard it will be to solve well"),
  reason: line.describe("One short line"),
  files: z.array(line).max(20).default([]).describe("Paths from the repository's root"),
  acceptance_criteria: z.array(line).max(10).default([]),
  unclear: z.array(line).max(3).default([]).describe("Questions without whose answer nobody could begin; mostly none"),
});

export const triaged = z.object({
  /** `null` where nobody was asked, or no answer came. */
  assessment: assessment.nullable(),
  /** The ticket as it goes on: by the assessment, else by what can be read without a model. */
  document: ticketDocument,
  /** What has to be answered before the work; empty when it can begin. */
  questions: z.array(z.string()),
  /** How many models of the route for code are passed over. */
  from: z.number(),
  costUsd: z.number(),
});
export type Triaged = z.infer<typeof triaged>;

/** Under which what it is asked and what it costs is kept. */
export const triageStep = "triage";

const maxOutputTokens = 1_500;

/**
 * What the ticket is, who begins (the first model, or the second where it is judged to be hard), and what has to be asked before. Where
 * there is nothing to choose and the ticket is clear, no model is asked. A ticket asks once: whoever starts it again wants it done as it stands.
 */
export async function triage(
  context: WorkflowContext,
  ground: Pick<Ground, "settings" | "early" | "seen">,
): Promise<Triaged> {
  const { factory, ticket, run, tell } = context;
  const names = factory.models.namesOf("code");
  const read = readTicket(ticket);
  const begin = { assessment: null, document: toDocument(ticket, read), questions: [], from: 0, costUsd: 0 };
  if (!wantsTriage(ground.settings.triage, names.length, ticket)) return begin;

  // Before anything is paid.
  await ground.seen.shown();
  const mirror = await ground.early.ready();
  const survey = await surveyOf(context, mirror, mirror.headSha);
  const asked = await judge(context, survey);
  if (asked?.status !== "answered") return { ...begin, costUsd: asked?.costUsd ?? 0 };

  const { value, costUsd } = asked;
  const from = names.length > 1 && value.complexity >= factory.settings.llm.escalation.complexity ? 1 : 0;
  const { type: kind, complexity, reason } = value;
  await tell({ type: "assessed", kind, complexity, reason, model: names[from] ?? names[0] });
  const before = await listEvents(factory.db, ticket.id);
  const askedBefore = before.some(({ event, runId }) => event.type === "questions_asked" && runId !== run.id);
  const questions = askedBefore ? [] : value.unclear;
  if (questions.length > 0) await tell({ type: "questions_asked", questions });
  return { assessment: value, document: documentOf(ticket, value, survey), questions, from, costUsd };
}

/** A model names files that are there, or none; what people say of theirs is kept as they say it. */
function documentOf(ticket: Ticket, { files, ...of }: z.infer<typeof assessment>, survey: Survey | undefined) {
  const read = readTicket(ticket);
  const existing = survey === undefined ? [] : findNamed({ paths: files }, survey.paths);
  const criteria = of.acceptance_criteria.length > 0 ? of.acceptance_criteria : (read.acceptance_criteria ?? []);
  return toDocument(ticket, {
    type: of.type,
    priority: of.priority,
    filepaths: [...new Set([...(read.filepaths ?? []), ...existing])],
    errorLogs: read.errorLogs,
    acceptance_criteria: criteria,
  });
}

/** The work can do without: what goes wrong is told and no more. */
async function judge({ factory, lease, ticket, tell, signal }: WorkflowContext, survey: Survey | undefined) {
  const { budget } = factory.settings;
  const purse = openPurse(factory.db, lease, { step: triageStep, budget, now: () => new Date() });
  const route = factory.models.route("triage", { purse, tell });
  const { title, description } = quoteTicket(ticket);
  const map = survey === undefined ? [] : await mapPrompt(survey, namedBy(ticket));
  const system = await renderPrompt("triage", {});
  const put = joinPrompts([await renderPrompt("judge", { title, description }), ...map]);
  const beginning = { step: triageStep, system, opening: put, models: route.models };
  const { journal, opening } = await openJournal(factory, lease, beginning, async () => undefined);
  const request = { system: system.text, messages: [opening], tools: [], maxOutputTokens };
  try {
    const asked = await askFor(route, request, assessment, { signal, journal });
    if (asked.status !== "answered") {
      await tell({ type: "warned", message: `The ticket could not be judged: ${asked.reason}` });
    }
    return asked;
  } catch (error) {
    if (signal.aborted || !(error instanceof NightshiftError)) throw error;
    await tell({ type: "warned", message: `The ticket could not be judged: ${explain(error)}` });
    return undefined;
  }
}
