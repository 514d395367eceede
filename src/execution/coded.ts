import { z } from "zod";
import { stopCauses } from "../agent/stuck.ts";
import { submission } from "../agent/tools/submit.ts";
import { preparation } from "./sandboxes/preparation.ts";
import { repositoryCommands } from "./sandboxes/repository-commands.ts";

const spent = {
  /** How many models of the route were passed over. */
  from: z.number().int().nonnegative(),
  /** Which one answered last. */
  model: z.string(),
  turns: z.number(),
  costUsd: z.number(),
  timeMs: z.number(),
  /** What stopped the agent before it handed in; `null` when it did, or was not asked at all. */
  stop: z.enum(stopCauses).nullable(),
  /** What the agent said last in words. */
  words: z.string().optional(),
};

/** What one round of the coder's work came to. */
export const coded = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("changed"),
    /** `bundle` names an artifact. */
    change: z.object({ baseSha: z.string(), headSha: z.string(), bundle: z.string() }),
    submission,
    /** Why the agent was stopped before it handed in; `null` when it did. */
    unfinished: z.string().nullable(),
    commands: repositoryCommands,
    preparation,
    settings: z.object({ protectedBranches: z.array(z.string()) }),
    ...spent,
  }),
  z.object({ status: z.literal("unchanged"), change: z.null(), reason: z.string(), ...spent }),
]);
export type Coded = z.infer<typeof coded>;
export type CodedChange = Extract<Coded, { status: "changed" }>;
