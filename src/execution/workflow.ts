import type { z } from "zod";
import type { DependencyHosts } from "../domain/dependency-hosts.ts";
import type { EventSink } from "../domain/event.ts";
import type { Forge } from "../domain/forge.ts";
import type { Redact } from "../domain/redact.ts";
import type { Models } from "../domain/route.ts";
import type { Outcome, Run } from "../domain/run.ts";
import type { SandboxProvider } from "../domain/sandbox.ts";
import type { OperatorSettings, RepositorySettings } from "../domain/settings.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { TicketEvent } from "../domain/transition.ts";
import type { Lease } from "../store/runs.ts";
import type { Db } from "../store/schema.ts";

export type ParsedRepositorySettings =
  | { readonly ok: true; readonly settings: RepositorySettings }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What the factory works with: the adapters, as `compose.ts` has built them. */
export interface Factory {
  readonly db: Db;
  readonly forge: Forge;
  readonly sandboxes: SandboxProvider;
  readonly models: Models;
  readonly settings: OperatorSettings;
  readonly dependencyHosts: DependencyHosts;
  readonly protectedBranches: readonly string[];
  /** Takes the secrets that we hold out of what is recorded to be shown. */
  readonly redact: Redact;
  /** Somebody is there who may answer what an agent asks. */
  readonly askPeople?: true;
  readonly parseRepositorySettings: (text: string) => ParsedRepositorySettings;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

/** A named, durable part of a run: done once, its output found again after a crash. */
export type Step = <Output>(name: string, output: z.ZodType<Output>, act: () => Promise<Output>) => Promise<Output>;

export interface WorkflowContext {
  readonly ticket: Ticket;
  readonly run: Run;
  readonly lease: Lease;
  readonly factory: Factory;
  readonly step: Step;
  /** Moves the ticket to its next state. */
  readonly move: (event: TicketEvent) => Promise<void>;
  readonly tell: EventSink;
  readonly signal: AbortSignal;
  /** Fires when a person has told this run to end; `signal` does then as well, but where what was done is kept. */
  readonly stop: AbortSignal;
  /** Without a person's stop: ends what must not be left half done by one. */
  readonly keeping: AbortSignal;
  /** No attempt follows this one, also where an error may pass. */
  readonly lastAttempt: boolean;
}

export type Workflow = (context: WorkflowContext) => Promise<Outcome>;
