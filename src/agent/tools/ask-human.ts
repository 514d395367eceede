import { question } from "../../domain/asks.ts";
import { defineTool } from "./define-tool.ts";

export const askHumanName = "ask_human";

/** Asks the people whose repository it is; `left` says how many more questions they are asked. */
export function askHuman(left: number) {
  return defineTool({
    name: askHumanName,
    description:
      "Ask the maintainers one question that neither the ticket nor the code decides and that leads to different changes. It may take them hours; your work is kept until then. Call it alone.",
    parameters: question,
    readOnly: true,
    run: async (asked) =>
      left > 0
        ? { text: "", asked }
        : {
            text: "No more questions: decide by yourself and say in your summary what you took for granted.",
            isError: true,
          },
  });
}
