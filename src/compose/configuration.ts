import { type Environment, parseEnvironment } from "../config/parse-environment.ts";
import { type OperatorFile, readOperatorSettings } from "../config/read-operator-settings.ts";
import type { OperatorSettings } from "../domain/settings.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** All that was decided before the start, read once. */
export interface Configuration {
  readonly environment: Environment;
  readonly settings: OperatorSettings;
  /** Where the models' keys are looked up. */
  readonly variables: Variables;
  /** The file and line in which a setting stands. */
  readonly where?: OperatorFile["where"];
  /** How long one of GitHub's seconds lasts when we wait for it, in ms. Only tests shorten it. */
  readonly githubSecondMs?: number;
}

/** @throws NightshiftError `bad_settings` with everything that is wrong. */
export async function readConfiguration(variables: Variables, cwd: string, file?: string): Promise<Configuration> {
  return {
    environment: parseEnvironment(variables),
    ...(await readOperatorSettings({ file, environment: variables, cwd })),
    variables,
  };
}
