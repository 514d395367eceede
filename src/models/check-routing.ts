import type { LlmSettings } from "../domain/llm-settings.ts";
import { kindsOfWork, type Work } from "../domain/route.ts";

/** What is wrong with a setting, and what to do. */
export interface SettingProblem {
  /** Where it stands in the file. */
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/** Takes a problem; the path begins under `llm`. */
export type Report = (path: SettingProblem["path"], text: string) => void;

/** What is wrong with the names, the weights and the ensembles, whatever the mode is. */
export function checkRouting(llm: LlmSettings, report: Report): void {
  checkNames(llm, report);
  checkWeights(llm, report);
  for (const work of kindsOfWork) {
    const ensemble = llm.ensemble[work];
    if (ensemble !== undefined) checkEnsemble(work, ensemble, report);
  }
}

function checkNames(llm: LlmSettings, report: Report): void {
  for (const name of Object.keys(llm.providers)) {
    if (name !== "hybrid" && /^[\w.-]+$/.test(name)) continue;
    report(
      ["providers", name],
      "A provider's name is of letters, digits, dots, dashes and underscores, and not hybrid.",
    );
  }
}

function checkWeights(llm: LlmSettings, report: Report): void {
  const entries = new Set(Object.values(llm.routing).flatMap((route) => route ?? []));
  for (const name of Object.keys(llm.weights)) {
    if (!entries.has(name))
      report(
        ["weights", name],
        `llm.weights has a weight for nobody: no route has this entry. Write it as it stands there.`,
      );
  }
  if (llm.strategy !== "weighted" && Object.keys(llm.weights).length > 0) {
    report(["weights"], `llm.weights counts only with \`strategy: weighted\`, but llm.strategy is ${llm.strategy}.`);
  }
}

function checkEnsemble(work: Work, { propose }: NonNullable<LlmSettings["ensemble"][Work]>, report: Report): void {
  const at = ["ensemble", work] as const;
  if (work === "code") {
    report(
      at,
      "llm.ensemble.code cannot be: code is written by calling tools, and proposals that call tools cannot be reconciled. Take it out; llm.routing.code says who writes code.",
    );
  }
  if (new Set(propose).size < 2) report([...at, "propose"], `llm.ensemble.${work}.propose needs two models or more.`);
}
