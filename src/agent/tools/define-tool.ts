import type { z } from "zod";
import type { Tool } from "../../domain/tool.ts";

/** A tool whose `run` is typed by its `parameters`. */
export function defineTool<Parameters extends z.ZodType, Submitted = never>(
  tool: Tool<Parameters, Submitted>,
): Tool<Parameters, Submitted> {
  return tool;
}
