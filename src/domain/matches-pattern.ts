/**
 * Whether a name is meant by a pattern in which `*` stands for anything, also for slashes. Case makes no difference.
 * By the greedy algorithm, which is linear in the name for each part: a pattern comes from a repository.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const [first = "", ...parts] = pattern.toLowerCase().split("*");
  const lower = name.toLowerCase();
  if (!lower.startsWith(first)) return false;
  const last = parts.pop();
  if (last === undefined) return lower === first;
  let at = first.length;
  for (const part of parts) {
    const found = lower.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return lower.length - last.length >= at && lower.endsWith(last);
}
