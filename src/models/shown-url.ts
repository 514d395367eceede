/** An address as people may see it: without user, password, query and fragment, where secrets stand. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return "an address that is not a URL";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/$/, "")}`;
}
