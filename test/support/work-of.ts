import type { RunEvent } from "../../src/domain/event.ts";

/** How the coder's sandbox began: from which snapshot, if from one, and how many set-ups were run in it. */
export function workOf(events: readonly RunEvent[]) {
  const ofWork = events.slice(
    0,
    events.findIndex(({ type }) => type === "sandbox_removed"),
  );
  const [started] = ofWork.flatMap((event) => (event.type === "sandbox_started" ? [event.from] : []));
  return { from: started, setups: ofWork.filter(({ type }) => type === "setup_finished").length };
}
