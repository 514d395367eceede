/** The beginning and the end of a long text, for a model's eyes; the middle is replaced by a line that says how much. */
export function headAndTail(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const half = Math.floor(maxChars / 2);
  const left = text.length - 2 * half;
  return `${text.slice(0, half)}\n[… ${left} characters left out; narrow the command to see them …]\n${text.slice(-half)}`;
}
