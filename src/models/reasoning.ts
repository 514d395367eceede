const efforts = ["low", "medium", "high"] as const;
type Effort = (typeof efforts)[number];

/** How much a model thinks before it answers: an effort, or a number of tokens. Each API is told in its own words. */
export type Reasoning = Effort | number;

/** What the efforts come to for models that take only a number of tokens. */
const budgets = { low: 4000, medium: 12_000, high: 24_000 } as const;

/** OpenAI's models without reasoning, which refuse to be asked for it. */
export const neverReasons = /^(gpt-[34]|chatgpt|gpt-5[^/]*-chat)/;

export function effortOf(reasoning: Reasoning): Effort {
  if (typeof reasoning !== "number") return reasoning;
  return efforts.find((effort) => reasoning <= budgets[effort]) ?? "high";
}

export function budgetOf(reasoning: Reasoning): number {
  return typeof reasoning === "number" ? reasoning : budgets[reasoning];
}
