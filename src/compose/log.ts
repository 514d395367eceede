import * as Sentry from "@sentry/node";
import pino, { type Logger } from "pino";
import type { Environment } from "../config/parse-environment.ts";

export interface Log {
  readonly logger: Logger;
  /** Logs an error that nobody could take care of, and sends it to Sentry when a DSN is set. */
  readonly report: (error: unknown) => void;
}

/** Logs go to standard error: standard output belongs to the verb's answer. */
export function openLog({ logLevel, sentryDsn }: Environment): Log {
  const logger = pino({ name: "nightshift", level: logLevel, base: { pid: process.pid } }, pino.destination(2));
  if (sentryDsn !== undefined) Sentry.init({ dsn: sentryDsn, tracesSampleRate: 0, sendDefaultPii: false });
  return {
    logger,
    report: (error) => {
      logger.error({ err: error }, "unhandled");
      if (sentryDsn !== undefined) Sentry.captureException(error);
    },
  };
}
