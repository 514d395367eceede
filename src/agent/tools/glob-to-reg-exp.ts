/** The extended regular expression of a glob, for paths that begin with `./`: without a slash it is about names in any folder. */
export function globToRegExp(glob: string): string {
  const anywhere = glob.replace(/^\.?\//, "");
  const body = anywhere.replaceAll(/\*\*\/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]*\]|./gs, (part) => {
    switch (part) {
      case "**/":
        return "(.*/)?";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      default:
        return piece(part);
    }
  });
  return `${glob.includes("/") ? "^\\./" : "(^|/)"}${body}$`;
}

function piece(part: string): string {
  if (part.length > 1 && part.startsWith("[")) return part.replace(/^\[!/, "[^");
  if (part.length > 1) return `(${part.slice(1, -1).split(",").map(escaped).join("|")})`;
  return escaped(part);
}

function escaped(text: string): string {
  return text.replaceAll(/[.+()|^$\\{}[\]*?]/g, (it) => (it === "*" ? "[^/]*" : it === "?" ? "[^/]" : `\\${it}`));
}
