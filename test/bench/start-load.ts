import { fork } from "node:child_process";
import { once } from "node:events";
import type { LoadRequest, LoadResult } from "./load.ts";

export interface Load extends AsyncDisposable {
  /** @throws Error when a delivery is answered with anything but a 2xx. */
  send(request: LoadRequest): Promise<LoadResult>;
}

/** Starts the process that plays GitHub and posts deliveries. */
export async function startLoad(): Promise<Load> {
  const child = fork(new URL("./load.ts", import.meta.url), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const exited = once(child, "exit");
  return {
    async send(asked) {
      const answered = once(child, "message");
      child.send(asked);
      const result = await Promise.race([
        answered.then(([message]: LoadResult[]) => message),
        exited.then(() => undefined),
      ]);
      if (result === undefined) throw new Error("The process that makes the load has ended.");
      const refused = Object.entries(result.statuses).filter(([status]) => !/^2/.test(status));
      if (refused.length > 0) throw new Error(`Deliveries were refused: ${JSON.stringify(result.statuses)}.`);
      return result;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
