import { type RepositorySettings, repositorySettings, repositorySettingsPath } from "../domain/settings.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { type ParsedSettings, parseSettings } from "./parse-settings.ts";

/** A repository's own settings. What is wrong with them is a value, because it is told to people on the issue. */
export function parseRepositorySettings(text: string): ParsedSettings<RepositorySettings> {
  return deepFreeze(parseSettings(text, repositorySettings, repositorySettingsPath));
}
