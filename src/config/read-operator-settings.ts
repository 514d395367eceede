import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { NightshiftError } from "../domain/errors.ts";
import { type OperatorSettings, operatorSettings } from "../domain/settings.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { lineFinder } from "./line-of.ts";
import { parseSettings } from "./parse-settings.ts";

const usualNames = ["nightshift.yaml", "nightshift.yml"] as const;

export interface OperatorFile {
  readonly settings: OperatorSettings;
  /** The file and line in which a setting stands, like `nightshift.yaml:3`; nothing where there is no file. */
  readonly where: (path: readonly PropertyKey[]) => string | undefined;
}

/**
 * The operator's settings, frozen: from `file` or NIGHTSHIFT_CONFIG, which must exist, else from `nightshift.yaml`
 * in `cwd`, else the defaults.
 * @throws NightshiftError `bad_settings` with all that is wrong, one line each.
 */
export async function readOperatorSettings(options: {
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}): Promise<OperatorFile> {
  const named = options.file ?? (options.environment["NIGHTSHIFT_CONFIG"] || undefined);
  const found = named === undefined ? await findUsual(options.cwd) : await readNamed(named, options.cwd);
  if (found === undefined) return { settings: deepFreeze(operatorSettings.parse({})), where: () => undefined };
  const parsed = parseSettings(found.text, operatorSettings, found.file);
  if (parsed.ok) return { settings: deepFreeze(parsed.settings), where: placeFinder(found) };
  throw new NightshiftError("bad_settings", parsed.problems.join("\n"));
}

interface SettingsFile {
  readonly file: string;
  readonly text: string;
}

function placeFinder({ file, text }: SettingsFile): OperatorFile["where"] {
  const lineOf = lineFinder(text);
  return (path) => [file, lineOf(path) ?? []].flat().join(":");
}

async function readNamed(file: string, cwd: string): Promise<SettingsFile> {
  const text = await readIfThere(resolve(cwd, file));
  if (text !== undefined) return { file, text };
  throw new NightshiftError("bad_settings", `There is no settings file ${resolve(cwd, file)}.`);
}

async function findUsual(cwd: string): Promise<SettingsFile | undefined> {
  const files: SettingsFile[] = [];
  for (const file of usualNames) {
    const text = await readIfThere(resolve(cwd, file));
    if (text !== undefined) files.push({ file, text });
  }
  // Which of two would win is a guess, and the other would be ignored in silence.
  if (files.length > 1) {
    throw new NightshiftError("bad_settings", `${cwd} holds ${usualNames.join(" and ")}: keep one of them.`);
  }
  return files[0];
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new NightshiftError("bad_settings", `Cannot read the settings file ${path}.`, { cause });
  }
}
