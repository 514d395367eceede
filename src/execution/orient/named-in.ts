/** What a text names of a repository's code, by how it is written: nothing of it need exist. */
export interface Named {
  /** As they are written, without line numbers: `src/cart.ts`, `Cart.java`, `/app/src/cart.ts`. */
  readonly paths: readonly string[];
  /** Names of code: `emptyCart`, `EmptyCart`, `empty_cart`, and whatever stands in backticks. */
  readonly identifiers: ReadonlySet<string>;
  /** All words, and the parts of all names, in lower case. */
  readonly words: ReadonlySet<string>;
}

const path =
  /(?:[A-Za-z]:)?(?:[\w@.~+[\]()-]*[/\\])*[\w@.+[\]()-]*\w\.[A-Za-z][A-Za-z0-9]{0,9}\b|(?:[\w@.~+-]+\/){2,}[\w@.+-]*/g;
const address = /\b[a-z][a-z+.-]*:\/\/\S+/gi;
const identifier = /[A-Za-z_$][\w$]{2,80}/g;
const hasShape = /[a-z\d][A-Z]|\w_\w|^[A-Z]\w*[a-z]\w*[A-Z]/;
const most = 200;

export function namedIn(text: string): Named {
  // An address is of the web and not of the repository, but for what it says of a file on a forge.
  const local = text.replaceAll(address, (link) => /\/blob\/[^/]+\/(\S+)/.exec(link)?.[1] ?? " ");
  const paths = (local.match(path) ?? []).map((one) =>
    one.replaceAll("\\", "/").replace(/^[([](?![^)\]]*[)\]])|^\.\//, ""),
  );
  const quoted = [...local.matchAll(/`([^`\n]{1,200})`/g)].flatMap(([, code = ""]) => code.match(identifier) ?? []);
  const shaped = (local.match(identifier) ?? []).filter((one) => hasShape.test(one));
  const words = (local.match(/[\p{L}\p{N}_$]{3,80}/gu) ?? []).flatMap((one) => [one.toLowerCase(), ...wordsOf(one)]);
  return {
    paths: [...new Set(paths)].slice(0, most),
    identifiers: new Set([...quoted, ...shaped].slice(0, most)),
    words: new Set(words.filter((word) => word.length > 2)),
  };
}

export function withFiles(named: Named, paths: readonly string[]): Named {
  return { ...named, paths: [...new Set([...named.paths, ...paths])] };
}

/** The words that a name is made of, in lower case and without their plural: `emptyCarts` is `empty` and `cart`. */
export function wordsOf(name: string): readonly string[] {
  const parts = name.replaceAll(/([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, "$1$2 ").match(/[\p{L}\p{N}]{2,}/gu) ?? [];
  return parts.map((part) => part.toLowerCase().replace(/(?<=\w{3})s$/, ""));
}
