/** What is there before the first command: the shells, relays and threads of ours. */
export const insideThreads = 32;

/** `word` as one word of a shell line. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
