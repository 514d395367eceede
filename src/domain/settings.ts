import { z } from "zod";
import { sandboxProviders } from "./sandbox.ts";

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable, never the key itself");

// A function, because an operator who changes one key of a provider keeps the other defaults.
const provider = (model: string) =>
  z.strictObject({
    enabled: z.boolean().default(true),
    api_key_env: environmentName.optional().describe("Where the key is found; a local server may need none"),
    base_url: z.url({ protocol: /^https?$/, error: "an address that begins with http:// or https://" }).optional(),
    model: z.string().min(1).default(model),
    price: z
      .strictObject({
        input: z.number().nonnegative(),
        output: z.number().nonnegative(),
        cache_read: z.number().nonnegative().optional(),
        cache_write: z.number().nonnegative().optional(),
      })
      .optional()
      .describe("USD per million tokens; for a model that the price table does not know"),
  });
export type ProviderSettings = Readonly<z.infer<ReturnType<typeof provider>>>;

export const llmModes = ["claude", "openai", "local"] as const;
export type LlmMode = (typeof llmModes)[number];

/** What the operator decides: `nightshift.yaml`, every key optional. Secrets stand there only as names of environment variables. */
export const operatorSettings = z.strictObject({
  label: z.string().min(1).default("ready-for-robot").describe("The label that asks for work"),
  data_dir: z
    .string()
    .min(1)
    .default(".nightshift")
    .describe("Mirrors, and the embedded Postgres where no DATABASE_URL is set"),
  llm: z
    .strictObject({
      mode: z.enum(llmModes).optional().describe("Which provider works; default: the first whose key is set"),
      providers: z
        .strictObject({
          claude: provider("claude-sonnet-5-5").prefault({ api_key_env: "ANTHROPIC_API_KEY" }),
          openai: provider("gpt-5").prefault({ api_key_env: "OPENAI_API_KEY" }),
          local: provider("local").prefault({ enabled: false, base_url: "http://localhost:8000/v1" }),
        })
        .prefault({}),
    })
    .prefault({}),
  workers: z.strictObject({ concurrency: z.number().int().min(1).max(100).default(5) }).prefault({}),
  budget: z
    .strictObject({
      ticket_usd: z
        .number()
        .nonnegative()
        .default(5)
        .describe("USD that a ticket may cost in all, until a person allows it more"),
      ticket_max_usd: z.number().nonnegative().default(50).describe("USD, the most that `/robot budget` may allow"),
      repo_day_usd: z.number().nonnegative().default(50).describe("USD that a repository may cost in a day, in UTC"),
      day_usd: z.number().nonnegative().default(200).describe("USD that everything may cost in a day, in UTC"),
      turns: z.number().int().positive().default(60),
      minutes: z.number().positive().default(45),
    })
    .prefault({})
    .describe("What work may use up"),
  sandbox: z
    .strictObject({
      provider: z.enum(["auto", ...sandboxProviders]).default("auto"),
      image: z.string().min(1).default("nightshift-sandbox"),
      images: z
        .array(z.string().min(1))
        .default(["mcr.microsoft.com/devcontainers/*"])
        .describe(
          "Images of the engine that a repository's devcontainer.json may name; a trailing * stands for anything",
        ),
      memory_mb: z.number().int().min(64).default(4096),
      cpus: z.number().positive().default(2),
      processes: z.number().int().min(16).default(512),
      disk_mb: z.number().int().min(64).default(10_240).describe("What one sandbox may write"),
      open_files: z.number().int().min(64).default(4096),
      runtime: z.string().min(1).optional().describe("Another OCI runtime of the engine, like runsc or kata"),
      network: z
        .strictObject({
          allow: z
            .array(
              z.string().regex(/^(\*|(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+)$/i, 'a host, *.suffix, or "*" for everything'),
            )
            .default([])
            .describe('Hosts besides the package registries and the git host; ["*"] opens the network'),
          max_mb: z.number().int().positive().default(2048).describe("What one run may send and receive"),
        })
        .prefault({}),
      ca_bundle: z.string().min(1).optional().describe("A file of certificates that sandboxes trust besides their own"),
      snapshots_mb: z.number().int().nonnegative().default(20_480).describe("Disk for snapshots; 0 keeps none"),
      setup_minutes: z.number().positive().default(10),
      test_minutes: z.number().positive().default(10),
    })
    .prefault({}),
});
export type OperatorSettings = Readonly<z.infer<typeof operatorSettings>>;

/** What a repository says of itself: `.github/nightshift.yml` on its default branch, every key optional. */
export const repositorySettings = z.strictObject({
  setup: z.string().min(1).optional().describe("Prepares a fresh checkout, like `npm ci`"),
  test: z.string().min(1).optional().describe("Runs the tests, like `npm test`"),
  protected_branches: z
    .array(z.string().min(1).max(255))
    .max(100)
    .default([])
    .describe("Branches that are never pushed to, besides the default branch"),
});
export type RepositorySettings = Readonly<z.infer<typeof repositorySettings>>;

/** The name under which a repository keeps its settings. */
export const repositorySettingsPath = ".github/nightshift.yml";
