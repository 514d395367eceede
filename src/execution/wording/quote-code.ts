const longest = 120;

/** What a sandbox or a model wrote, as code on one line of Markdown that it cannot break out of. */
export function quoteCode(text: string): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .replaceAll("`", "'")
    .trim();
  return `\`${line.length > longest ? `${line.slice(0, longest - 1)}…` : line}\``.toWellFormed();
}
