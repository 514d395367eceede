import { type Plan, plan } from "../../domain/plan.ts";
import type { Toolbox } from "../run-tool.ts";
import { defineTool } from "./define-tool.ts";
import { readFile } from "./read-file.ts";
import { search } from "./search.ts";

const submitPlan = defineTool<typeof plan, Plan>({
  name: "submit",
  description: "Hand in the plan. Ends your work; call it once, alone.",
  parameters: plan,
  readOnly: true,
  run: async (submitted) => ({ text: "Submitted.", submitted }),
});

/** What the planner may do: look. */
export const plannerTools: Toolbox = [readFile, search, submitPlan];
