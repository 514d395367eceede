/** One outside part, looked at. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen. */
  readonly detail: string;
  /** What to do when it is not ok. */
  readonly remedy?: string;
  /** What was measured, for machines. */
  readonly figures?: Readonly<Record<string, number>>;
}
