import { renderPrompt } from "../../agent/render-prompt.ts";
import { quoteUntrusted } from "../../domain/quote-untrusted.ts";
import type { Prompt } from "../../domain/recording.ts";
import type { Survey } from "../../domain/survey.ts";
import { drawMap } from "./draw-map.ts";
import type { Named } from "./named-in.ts";

/** The map as a part of a prompt; none of a repository without files. */
export async function mapPrompt(survey: Survey, named: Named): Promise<readonly Prompt[]> {
  const map = drawMap(survey, named);
  if (map === undefined) return [];
  const read = `${survey.outlines.size}${survey.complete ? "" : ", not all,"}`;
  const text = quoteUntrusted("repository map", [map.folders, map.files].join("\n\n"));
  return [await renderPrompt("map", { files: String(survey.paths.length), code: read, map: text })];
}
