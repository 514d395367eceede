import type { Outcome } from "../domain/run.ts";
import { saidInLine } from "./said.ts";

/** The questions stand on the issue, and the ticket waits. */
export function waitsForAnswers(questions: readonly string[]): Outcome {
  const list = questions.map((question, index) => `${index + 1}. ${saidInLine(question)}`).join("\n");
  const reason = `The issue leaves open what is wanted:\n\n${list}\n\nPlease say so in its description. This is asked once: started again, the work goes by what stands there then.`;
  return { status: "waiting", reason };
}
