import { expect, test } from "vitest";
import { findSetupRecipe } from "../../../../src/execution/sandboxes/setup-recipes.ts";

const recipeOf = (files: Readonly<Record<string, string>>) => findSetupRecipe(async (path) => files[path]);
const install = { command: "npm install --no-package-lock", dependenciesOnly: true };

test("packages are installed where a manifest wants some and no lock file says which", async () => {
  expect(await recipeOf({ "package.json": '{ "devDependencies": { "vitest": "^3" } }' })).toEqual(install);
  expect(await recipeOf({ "package.json": '{ "dependencies": { "zod": "^4" } }' })).toEqual(install);
  const monorepo = '{ "workspaces": ["packages/*"] }';
  expect(await recipeOf({ "package.json": monorepo })).toEqual({ ...install, dependenciesOnly: false });
  const builds = '{ "dependencies": { "zod": "^4" }, "scripts": { "prepare": "tsc" } }';
  expect(await recipeOf({ "package.json": builds })).toEqual({ ...install, dependenciesOnly: false });
});

test("not where it wants none, or something else says how", async () => {
  for (const text of ["", "[", "null", "{}", '{ "dependencies": {} }', '{ "dependencies": 1 }']) {
    expect(await recipeOf({ "package.json": text }), text).toBeUndefined();
  }
  const formatter = '{ "devDependencies": { "prettier": "^3" } }';
  expect(await recipeOf({ "package.json": formatter, "go.mod": "" })).toMatchObject({ command: "go mod download" });
  expect(await recipeOf({ "package.json": formatter, "package-lock.json": "" })).toMatchObject({ command: "npm ci" });
});
