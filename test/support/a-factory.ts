import type { Forge } from "../../src/domain/forge.ts";
import type { Model } from "../../src/domain/model.ts";
import { type Redact, redactor } from "../../src/domain/redact.ts";
import type { SandboxProvider } from "../../src/domain/sandbox.ts";
import { operatorSettings, repositorySettings } from "../../src/domain/settings.ts";
import type { Factory } from "../../src/execution/workflow.ts";
import type { Db } from "../../src/store/schema.ts";
import { modelsOf } from "./models-of.ts";

export interface FactoryParts {
  readonly db: Db;
  readonly forge: Forge;
  readonly model: Model;
  readonly sandboxes: SandboxProvider;
  readonly redact?: Redact;
  /** What the repository says of itself. */
  readonly repository?: object;
}

export function aFactory({
  db,
  forge,
  model,
  sandboxes,
  redact = redactor([]),
  repository = {},
}: FactoryParts): Factory {
  return {
    db,
    forge,
    models: modelsOf(model),
    sandboxes,
    settings: operatorSettings.parse({}),
    protectedBranches: [],
    redact,
    dependencyHosts: async () => [],
    parseRepositorySettings: () => ({ ok: true, settings: repositorySettings.parse(repository) }),
    clock: () => performance.now(),
  };
}
