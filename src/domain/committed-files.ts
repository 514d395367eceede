/** A file's text; `undefined` when there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** The files of one commit, read from the mirror: no sandbox has a say in what they hold. */
export interface CommittedFiles {
  /** Every file's path, with the hash of its content. */
  readonly hashes: ReadonlyMap<string, string>;
  /** A link's text is the path it leads to. */
  readonly read: ReadText;
}
