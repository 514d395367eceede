import { z } from "zod";
import { redactor } from "./redact.ts";
import type { Work } from "./route.ts";

const aName = "the name of an environment variable, never the key itself";
const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, aName)
  // Some keys would pass for a name, and be repeated as the name of a variable that is not set.
  .refine((name) => redactor([])(name) === name, aName);

const rates = {
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cache_read: z.number().nonnegative().optional(),
  cache_write: z.number().nonnegative().optional(),
};

const price = z
  .strictObject({
    ...rates,
    batch: z.number().positive().max(1).optional().describe("The part of the price that the batch API costs"),
    tiers: z
      .array(z.strictObject({ above: z.number().int().positive(), ...rates }))
      .optional()
      .describe("What the whole request costs when its prompt has more tokens than `above`"),
  })
  .describe("USD per million tokens; for a model that the price table does not know");
export type PriceSettings = Readonly<z.infer<typeof price>>;

export const wireFormats = ["messages", "responses", "chat"] as const;
const answerForms = ["native", "tool", "text"] as const;
const reasoning = z.union([z.enum(["low", "medium", "high"]), z.number().int().positive()], {
  error: "low, medium, high or a number of tokens",
});

const provider = z.strictObject({
  enabled: z.boolean().default(true),
  api_key_env: environmentName.optional().describe("Where the key is found; a local server may need none"),
  api: z
    .enum(wireFormats)
    .optional()
    .describe("What the server speaks: Anthropic's Messages, OpenAI's Responses or Chat"),
  price: price.optional(),
  free: z.literal(true).optional().describe("Its models cost nothing"),
  reasoning: reasoning.optional().describe("How much its models think, where they can be told"),
  structured: z
    .enum(answerForms)
    .optional()
    .describe("How an answer that is data is asked for: by the server's own means, as a tool call, or in words"),
  stream: z.boolean().optional().describe("Whether answers come piece by piece; default: yes"),
  max_output_tokens: z.number().int().positive().optional().describe("The longest answer that is asked for"),
  context_tokens: z.number().int().positive().optional().describe("How long a conversation its `model` takes"),
  base_url: z.url({ protocol: /^https?$/, error: "an address that begins with http:// or https://" }).optional(),
  model: z.string().min(1).optional(),
});
export type ProviderSettings = Readonly<z.infer<typeof provider>>;

// A function, because an operator who changes one key of a provider keeps the other defaults.
const known = (model: string) => provider.extend({ model: z.string().min(1).default(model) });

const entries = z.array(z.string().min(1)).min(1);
const perWork = <Schema extends z.ZodType>(schema: Schema) => {
  const one = schema.optional();
  return z.strictObject({ code: one, planning: one, review: one, triage: one } satisfies Record<Work, unknown>);
};

export const strategies = ["fallback", "round-robin", "weighted"] as const;
export type Strategy = (typeof strategies)[number];

/** Which models there are and who does what: the operator's `llm`. What it names is checked against it by `resolveModels`. */
export const llmSettings = z.strictObject({
  mode: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The provider that does all work, or hybrid: by `routing`. Default: hybrid where there is a routing, else the first provider whose key is set",
    ),
  providers: z
    .object({
      claude: known("claude-sonnet-5-5").prefault({ api_key_env: "ANTHROPIC_API_KEY" }),
      openai: known("gpt-5").prefault({ api_key_env: "OPENAI_API_KEY" }),
      local: known("local").prefault({ enabled: false, base_url: "http://localhost:8000/v1" }),
    })
    .catchall(provider)
    .prefault({}),
  routing: perWork(entries.describe("Providers, or PROVIDER/MODEL")).prefault({}),
  strategy: z.enum(strategies).default("fallback").describe("Which of a route's models begins; the others stand by"),
  weights: z
    .record(z.string(), z.number().positive())
    .default({})
    .describe("How often an entry of a route begins, by comparison; 1 where it is not said"),
  ensemble: perWork(z.strictObject({ propose: entries, reconcile: z.string().min(1) }))
    .prefault({})
    .describe("Kinds of work for which several models propose and one reconciles"),
  retry: z
    .strictObject({
      tries: z.number().int().min(1).max(20).default(4).describe("How often one model is asked before the next is"),
      call_minutes: z.number().positive().max(120).default(10).describe("Time for one call"),
      turn_minutes: z
        .number()
        .positive()
        .max(240)
        .default(20)
        .describe("Time in which calls are tried again, over all models"),
    })
    .prefault({}),
  escalation: z
    .strictObject({
      complexity: z.number().min(0).max(1).default(0.75).describe("From here on a ticket begins with the next model"),
      confidence: z.number().min(0).max(1).default(0.7).describe("Below it the next model takes over"),
    })
    .prefault({}),
});
export type LlmSettings = Readonly<z.infer<typeof llmSettings>>;
