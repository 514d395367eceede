/** An opaque GraphQL id. Only the prefix means something to people. */
export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(`look-alike:${id}`).toString("base64url")}`;
}
