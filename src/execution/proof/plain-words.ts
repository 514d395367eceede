/** Words and their order, however they are set: `a bill > is rounded` is said as "a bill is rounded" or `a bill › is rounded`. */
export function plainWords(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_./[\]-]+/gu, " ")
    .replaceAll(/[.](?=\s|$)/g, "")
    .trim();
}
