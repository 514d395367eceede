import type { Toolbox } from "../run-tool.ts";
import { applyPatch } from "./apply-patch.ts";
import { bash } from "./bash.ts";
import { editFile } from "./edit-file.ts";
import { plan } from "./plan.ts";
import { readFile } from "./read-file.ts";
import { search } from "./search.ts";
import { submit, submitFor } from "./submit.ts";
import { writeFile } from "./write-file.ts";

/** What the coder may do, all of it in one sandbox. */
export const coderTools: Toolbox = [bash, readFile, editFile, writeFile, search, plan, submit];

/**
 * The same for a model, `provider/model`, and a ticket that is done when these `criteria` are met. OpenAI's models are trained on patches, and
 * edit by them.
 */
export function coderToolsFor(model: string, criteria: readonly string[] = []): Toolbox {
  const edit = /^openai\/|\/(gpt-|codex)/.test(model) ? applyPatch : editFile;
  return [bash, readFile, edit, writeFile, search, plan, submitFor(criteria)];
}
