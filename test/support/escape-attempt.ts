import { expect } from "vitest";
import type { Sandbox } from "../../src/domain/sandbox.ts";
import type { EscapeWorld } from "./escape-world.ts";

/** One way out of a sandbox that is tried from inside, and what must come of it. */
export interface EscapeAttempt {
  readonly name: string;
  /** Tries it; the result is what a hostile command would have learned. */
  attempt(world: EscapeWorld): Promise<string>;
  expectation(learned: string, world: EscapeWorld): void | Promise<void>;
}

export const shell =
  (line: (world: EscapeWorld) => string): EscapeAttempt["attempt"] =>
  async (world) =>
    (await run(world.sandbox, line(world))).output;

export async function run(sandbox: Sandbox, line: string, timeoutMs = 20_000) {
  return await sandbox.run({ line, timeoutMs }, { signal: new AbortController().signal });
}

export function noSecret(learned: string, { secret }: EscapeWorld): void {
  expect(learned).not.toContain(secret);
}
