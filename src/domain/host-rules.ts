/** A host as rules compare it: lower case, without the root's dot and without the brackets of an IPv6 address. */
export function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
}

/** Whether a rule names this (plain) host: itself, as one below `example.com` by `*.example.com`, or by `*` as any. */
export function hostAllowed(host: string, rules: readonly string[]): boolean {
  return rules.some((rule) => {
    const wanted = plainHost(rule);
    if (wanted === "*") return true;
    return wanted.startsWith("*.")
      ? host.endsWith(wanted.slice(1)) && host.length > wanted.length - 1
      : host === wanted;
  });
}
