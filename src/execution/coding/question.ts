import type { Answer, Asks, Question } from "../../domain/asks.ts";
import { quoteUntrusted } from "../../domain/quote-untrusted.ts";
import { listAnswers } from "../../store/waiting.ts";
import { Asked } from "../asked.ts";
import { said, saidInLine } from "../wording/said.ts";
import type { WorkflowContext } from "../workflow.ts";

/** How often one run, with those that it takes up, may ask people. */
const maxQuestions = 3;

export interface Questions {
  /** How many more may be asked; none where nobody would answer. */
  readonly left: number;
  /** What was said to the newest question of this step. */
  readonly answer: { readonly turn: number; readonly text: string } | undefined;
}

export async function questionsOf(
  { factory, run }: Pick<WorkflowContext, "factory" | "run">,
  step: string,
): Promise<Questions> {
  const answers = (await listAnswers(factory.db, run.id)).filter(({ asks }) => asks.kind === "question");
  const left = factory.askPeople === true ? Math.max(0, maxQuestions - answers.length) : 0;
  const last = answers.findLast(({ asks }) => asks.step === step);
  if (last?.asks.kind !== "question") return { left, answer: undefined };
  return { left, answer: { turn: last.asks.turn, text: quoteSaid(last) } };
}

/** What people said, as data, with who said it. */
export function quoteSaid({ said: words }: Pick<Answer, "said">): string {
  return words.map(({ by, text }) => quoteUntrusted(`@${by}`, text)).join("\n");
}

/** To be thrown: the run ends with this question. */
export function asking(asked: Question, at: Pick<Asks, "step" | "from"> & { readonly turn: number }): Asked {
  return new Asked({ kind: "question", ...asked, ...at }, questionText(asked));
}

function questionText({ question, options }: Question): string {
  const list = options.map((option, index) => `${index + 1}. ${saidInLine(option)}`);
  return [said(question), ...(list.length === 0 ? [] : [list.join("\n")])].join("\n\n");
}
