/** A text without control characters, which steer terminals and which Postgres and XML refuse; tab and newline stay. */
export function withoutControls(text: string): string {
  return text.replaceAll(/(?![\t\n])\p{Cc}/gu, "");
}
