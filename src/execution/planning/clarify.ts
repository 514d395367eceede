import type { Outcome } from "../../domain/run.ts";
import type { RepositorySettings } from "../../domain/settings.ts";
import { listAnswers } from "../../store/waiting.ts";
import { quoteSaid } from "../coding/question.ts";
import { saidInLine } from "../wording/said.ts";
import type { WorkflowContext } from "../workflow.ts";
import type { Triaged } from "./triage.ts";

const step = "triage";

type Clarified =
  /** `answers`: what people said to what was unclear, quoted. */
  { readonly go: true; readonly answers: string | undefined } | { readonly go: false; readonly outcome: Outcome };

/** Whether the work can begin; what a ticket leaves open stands on the issue until somebody has answered. */
export async function clarify(
  { factory, run }: Pick<WorkflowContext, "factory" | "run">,
  { answers_from: from }: RepositorySettings,
  { questions }: Pick<Triaged, "questions">,
): Promise<Clarified> {
  if (questions.length === 0) return { go: true, answers: undefined };
  const answer = (await listAnswers(factory.db, run.id)).find(({ asks }) => asks.step === step);
  if (answer !== undefined) return { go: true, answers: quoteSaid(answer) };
  const open = openQuestions(questions);
  if (factory.askPeople !== true) {
    const reason = `${open}\n\nPlease say so in its description. This is asked once: started again, the work goes by what stands there then.`;
    return { go: false, outcome: { status: "waiting", reason } };
  }
  const asks = { kind: "question", step, from, turn: 0, question: questions.join("\n") } as const;
  return { go: false, outcome: { status: "waiting", reason: open, asks: { ...asks, options: [] } } };
}

export function openQuestions(questions: readonly string[]): string {
  const list = questions.map((question, index) => `${index + 1}. ${saidInLine(question)}`).join("\n");
  return `The issue leaves open what is wanted:\n\n${list}`;
}
