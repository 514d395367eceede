import { z } from "zod";
import { planItem } from "../../domain/event.ts";
import { defineTool } from "./define-tool.ts";

export const plan = defineTool({
  name: "plan",
  description:
    "Write down the steps of your work, and how far each is, for the people who wait. Call it when you know what to do and when a step is done; give the whole list each time. A small task needs none.",
  parameters: z.strictObject({ items: z.array(planItem).min(1).max(20) }),
  readOnly: true,
  run: async ({ items }) => {
    const done = items.filter(({ status }) => status === "done").length;
    return { text: `Noted: ${done} of ${items.length} done.`, event: { type: "plan_updated", items } };
  },
});
