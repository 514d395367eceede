const telling =
  /\b(?:tests?|testing|styles?|lint\w*|format\w*|conventions?|guidelines?|coding|code|commits?|develop\w*|build\w*|structure)\b/i;
/** About people and not about code. */
const other = /\bcode of conduct\b/i;
const headChars = 1_500;

/** Of a guide for contributors the parts on tests and style, in their order; its beginning where no heading tells. */
export function contributingParts(guide: string, maxChars: number): string {
  const chosen = sectionsOf(guide).filter(({ heading }) => telling.test(heading) && !other.test(heading));
  if (chosen.length === 0) return shortened(guide, Math.min(headChars, maxChars));
  return shortened(chosen.map(({ text }) => text.trim()).join("\n\n"), maxChars);
}

interface Section {
  readonly heading: string;
  readonly text: string;
}

/** A section ends with the next heading, whatever its level. */
function sectionsOf(guide: string): readonly Section[] {
  const sections: { heading: string; text: string }[] = [{ heading: "", text: "" }];
  let fenced = false;
  for (const line of guide.split("\n")) {
    if (/^ {0,3}(?:```|~~~)/.test(line)) fenced = !fenced;
    const [, heading] = fenced ? [] : (/^#{1,6}[ \t]+(.*)$/.exec(line) ?? []);
    if (heading !== undefined) sections.push({ heading, text: "" });
    const last = sections.at(-1);
    if (last !== undefined) last.text += `${line}\n`;
  }
  return sections;
}

function shortened(text: string, maxChars: number): string {
  return text.length <= maxChars
    ? text
    : `${text.slice(0, maxChars).toWellFormed()}\n[… ${text.length - maxChars} more characters]`;
}
