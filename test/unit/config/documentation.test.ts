import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { environmentNames, parseEnvironment } from "../../../src/config/parse-environment.ts";
import { settingNames } from "../../../src/config/setting-rules.ts";
import { operatorSettings, repositorySettings } from "../../../src/domain/settings.ts";

const [, environment = "", operator = "", repository = ""] = read("docs/configuration.md").split(/^## /m);

test.each([
  ["operator", operatorSettings, operator],
  ["repository", repositorySettings, repository],
] as const)("docs/configuration.md has every %s setting and no other", (_, schema, section) => {
  const names = settingNames(z.toJSONSchema(schema, { io: "input" })).map(general);
  expect(Object.keys(rows(section)).sort()).toEqual([...new Set(names)].sort());
});

test.each([
  ["operator", operatorSettings.parse({}), operator],
  ["repository", repositorySettings.parse({}), repository],
] as const)("docs/configuration.md tells the true default of every %s setting", (_, settings, section) => {
  for (const [name, told] of Object.entries(rows(section))) {
    if (/NAME|WORK/.test(name)) continue;
    const value = name
      .split(".")
      .reduce<unknown>((of, key) => z.record(z.string(), z.unknown()).parse(of)[key], settings);
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    expect([name, told]).toEqual([name, value === undefined ? "none" : `\`${shown}\``]);
  }
});

test("docs/configuration.md and .env.example have every environment variable", () => {
  const told = Object.keys(rows(environment)).sort();
  const example = [...read(".env.example").matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name ?? "").sort();
  expect(example).toEqual(told);
  expect(told).toEqual(expect.arrayContaining([...environmentNames]));
});

test(".env.example can be used as it is", () => {
  const lines = [...read(".env.example").matchAll(/^([A-Z_]+)=(.*)$/gm)];
  const variables = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
  expect(parseEnvironment(variables)).toMatchObject({ app: undefined, port: 3000 });
});

/** The first two columns of a section's table. */
function rows(section: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...section.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, name, told]) => [name, told]),
  );
}

function general(name: string): string {
  return name
    .replace(/^llm\.providers\.[a-z]+\./, "llm.providers.NAME.")
    .replace(/^llm\.(routing|ensemble)\.[a-z]+/, "llm.$1.WORK");
}

function read(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
}
