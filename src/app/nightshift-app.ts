import type { Probot } from "probot";
import { type Accepted, accept, type Enqueue } from "../store/accept.ts";
import { type AcceptedCommand, acceptCommand, type EnqueueCommand } from "../store/commands.ts";
import type { Db } from "../store/schema.ts";
import { toIntent } from "./to-intent.ts";

export interface AppOptions {
  readonly db: Db;
  readonly enqueue: Enqueue;
  readonly enqueueCommand: EnqueueCommand;
  /** The label that asks for work. */
  readonly label: string;
}

/** The webhook events the app acts on; `app.yml` subscribes to these. */
export const handledEvents = ["issues.labeled", "issue_comment.created"] as const;

/** The Probot function: a delivery is translated and written down, with its job. No call to GitHub or a model happens here. */
export function nightshiftApp({ db, enqueue, enqueueCommand, label }: AppOptions): (app: Probot) => void {
  return (app) => {
    app.on([...handledEvents], async ({ id, name, payload, log }) => {
      const intent = toIntent(name, payload, label);
      if (intent === undefined) return;
      const delivery = { id, event: name, action: payload.action };
      const accepted =
        intent.type === "command"
          ? await acceptCommand(db, delivery, intent, enqueueCommand)
          : await accept(db, delivery, intent, enqueue);
      log.info({ deliveryId: id, ...accepted }, describe(accepted));
    });
  };
}

function describe(accepted: Accepted | AcceptedCommand): string {
  switch (accepted.status) {
    case "queued":
      return "queued a run";
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
