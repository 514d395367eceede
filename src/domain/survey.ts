import type { Outline } from "./outline.ts";

/** What is known of a commit's files without checking them out: data, read from the mirror. */
export interface Survey {
  /** Every file's path, without others' code and built code. */
  readonly paths: readonly string[];
  /** Of the files of code that were read. */
  readonly outlines: ReadonlyMap<string, Outline>;
  /** Paths that the newest commits touched, commit by commit, the newest first. */
  readonly touched: readonly (readonly string[])[];
  /** Whether all files of code were read: of a huge repository some are not. */
  readonly complete: boolean;
}
