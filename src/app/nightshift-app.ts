import type { Probot } from "probot";
import { type Accepted, accept, type Enqueue } from "../store/accept.ts";
import type { Db } from "../store/schema.ts";
import { toIntent } from "./to-intent.ts";

export interface AppOptions {
  readonly db: Db;
  readonly enqueue: Enqueue;
  /** The label that asks for work. */
  readonly label: string;
}

/** The webhook events the app acts on; `app.yml` subscribes to these. */
export const handledEvents = ["issues.labeled", "issue_comment.created", "push"] as const;

/** The Probot function: a delivery is translated and written down, with its job. No call to GitHub or a model happens here. */
export function nightshiftApp({ db, enqueue, label }: AppOptions): (app: Probot) => void {
  return (app) => {
    app.on([...handledEvents], async ({ id, name, payload, log }) => {
      const intent = toIntent(name, payload, label);
      if (intent === undefined) return;
      const action = "action" in payload ? payload.action : null;
      const accepted = await accept(db, { id, event: name, action }, intent, enqueue);
      log[accepted.status === "ignored" ? "debug" : "info"]({ deliveryId: id, ...accepted }, describe(accepted));
    });
  };
}

function describe(accepted: Accepted): string {
  switch (accepted.status) {
    case "queued":
      return "queued a run";
    case "preparing":
      return "queued the preparation of a snapshot";
    case "ignored":
      return "nothing was ever asked for in its repository, or nobody waits for these words";
    case "command_queued":
      return "queued a command";
    case "duplicate":
      return "this delivery was here before";
    case "unchanged":
      return `its ticket is ${accepted.state}; nothing to do`;
    default:
      return accepted satisfies never;
  }
}
