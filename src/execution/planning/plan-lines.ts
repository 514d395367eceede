import type { Plan } from "../../domain/plan.ts";

/** A plan as Markdown. `show` makes the model's words fit for where they are shown. */
export function planLines(
  { goal, steps, tests, risks, questions }: Plan,
  show = (text: string) => text,
): readonly string[] {
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", `**${title}**`, "", ...lines.map((line) => `- ${show(line)}`)];
  return [
    show(goal),
    "",
    ...steps.map(({ what, files }, index) => {
      const named = files.map((file) => `\`${show(file).replaceAll("`", "'")}\``).join(", ");
      return `${index + 1}. ${show(what)}${named === "" ? "" : ` (${named})`}`;
    }),
    ...part("Tests", tests),
    ...part("Risks", risks),
    ...part("Open questions", questions),
  ];
}
