import { z } from "zod";
import { answerers } from "./asks.ts";
import { llmSettings } from "./llm-settings.ts";
import { sandboxProviders } from "./sandbox.ts";

/** What the operator decides: `nightshift.yaml`, every key optional. Secrets stand there only as names of environment variables. */
export const operatorSettings = z.strictObject({
  label: z.string().min(1).default("ready-for-robot").describe("The label that asks for work"),
  data_dir: z
    .string()
    .min(1)
    .default(".nightshift")
    .describe("Mirrors, and the embedded Postgres where no DATABASE_URL is set"),
  llm: llmSettings.prefault({}),
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
            .describe('Hosts besides the package registries and the git host; ["*"] is every public host'),
          max_mb: z.number().int().positive().default(2048).describe("What one run may send and receive"),
        })
        .prefault({}),
      ca_bundle: z.string().min(1).optional().describe("A file of certificates that sandboxes trust besides their own"),
      pool: z
        .number()
        .int()
        .min(0)
        .max(20)
        .default(1)
        .describe(
          "Started containers that wait for the next runs, with the docker provider; 0 starts each when it is needed",
        ),
      snapshots_mb: z.number().int().nonnegative().default(20_480).describe("Disk for snapshots; 0 keeps none"),
      lfs_mb: z
        .number()
        .int()
        .nonnegative()
        .default(1024)
        .describe("What the files of Git LFS of one commit may take; 0 fetches none"),
      command_seconds: z
        .number()
        .int()
        .min(1)
        .max(600)
        .default(120)
        .describe("Time for one of an agent's commands that does not say; it may ask for 600"),
      setup_minutes: z.number().positive().default(10),
      test_minutes: z.number().positive().default(10),
    })
    .prefault({}),
});
export type OperatorSettings = Readonly<z.infer<typeof operatorSettings>>;

const triageModes = ["auto", "always", "never"] as const;
export type TriageMode = (typeof triageModes)[number];

/** What a repository says of itself: `.github/nightshift.yml` on its default branch, every key optional. */
export const repositorySettings = z.strictObject({
  setup: z.string().min(1).optional().describe("Prepares a fresh checkout, like `npm ci`"),
  test: z.string().min(1).optional().describe("Runs the tests, like `npm test`"),
  test_reports: z
    .array(z.string().min(1).max(255))
    .max(20)
    .min(1)
    .optional()
    .describe(
      "Where the tests leave reports in JUnit's XML or TAP, like `build/reports/*.xml`; * and ** stand for anything",
    ),
  lint: z.string().min(1).optional().describe("Runs the linter, like `npm run lint`"),
  typecheck: z.string().min(1).optional().describe("Checks types, like `npm run typecheck`"),
  protected_branches: z
    .array(z.string().min(1).max(255))
    .max(100)
    .default([])
    .describe("Branches that are never pushed to, besides the default branch"),
  protected_paths: z
    .array(z.string().min(1).max(255))
    .max(100)
    .default([])
    .describe("Files that a person has to look at when they are changed; `*` stands for anything, also for slashes"),
  test_secrets: z
    .array(z.string().min(1).max(255))
    .max(100)
    .default([])
    .describe("Files that may hold keys and tokens, since they are made up for tests: `*` stands for anything"),
  max_changed_lines: z
    .number()
    .int()
    .positive()
    .default(2000)
    .describe("A change of more lines stays a draft; lock files and snapshots do not count"),
  max_file_kb: z.number().int().positive().default(512).describe("A change with a larger file stays a draft"),
  max_refinements: z
    .number()
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe("How often a model may mend its change when the tests fail with it"),
  triage: z
    .enum(triageModes)
    .default("auto")
    .describe(
      "Whether a model judges a ticket before the work: how hard it is, and whether something has to be asked first; auto: where several models may code, or the ticket says next to nothing",
    ),
  plan: z
    .enum(["auto", "always", "never"])
    .default("auto")
    .describe("Whether a plan is made before anything is coded; auto: for features that were judged to be hard"),
  approval: z
    .enum(["required", "none"])
    .default("none")
    .describe("Whether people have to approve the plan; where they do, there always is one"),
  answers_from: z
    .enum(answerers)
    .default("writers")
    .describe("Who may answer a question or ask for another plan: people with write access, or the issue's author too"),
});
export type RepositorySettings = Readonly<z.infer<typeof repositorySettings>>;

/** The name under which a repository keeps its settings. */
export const repositorySettingsPath = ".github/nightshift.yml";
/** Under which people look for them as well, since the operator's end so. */
export const misnamedSettingsPath = ".github/nightshift.yaml";
