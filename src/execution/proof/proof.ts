import type { CodedChange } from "../coded.ts";
import type { ReadyRequest } from "../sandboxes/ready-sandbox.ts";

/** What is verified, and from where. */
export interface Proof {
  readonly work: CodedChange;
  readonly test: string;
  readonly reports: readonly string[] | undefined;
  /** The change, as a git bundle. */
  readonly bundle: Buffer;
  /** A clean sandbox at the base. */
  readonly at: ReadyRequest;
}
