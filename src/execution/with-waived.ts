import { type Waiver, withWaivers } from "../domain/waiver.ts";
import type { Round } from "./round.ts";

/** The rounds with what people have accepted of each one's change as mere notes: of another round's they may have seen nothing. */
export function withWaived(rounds: readonly Round[], waivers: readonly Waiver[]): readonly Round[] {
  return rounds.map((round) => {
    const ofChange = waivers.filter(({ headSha }) => headSha === round.work.change?.headSha);
    return { ...round, findings: withWaivers(round.findings, ofChange) };
  });
}
