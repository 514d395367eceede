import { expect, test } from "vitest";
import { githubForge } from "../../src/forge/github/github-forge.ts";
import { arrange, asked, connection } from "../support/forge-world.ts";

/** The shortest that it may take: a machine under load only makes it longer. */
const leastMs = (seconds: number) => seconds * 100 - 5;

test("what is written and what notifies people goes out in GitHub's pace", async () => {
  await using world = await arrange();
  const { github, repo, issue, dataDir } = world;
  const forge = githubForge({ ...connection(github), dataDir, secondMs: 100 });
  await forge.ensureComment(repo, issue, "first", "One");

  const begin = performance.now();
  await Promise.all(["second", "third"].map((marker) => forge.ensureComment(repo, issue, marker, "Two")));
  expect(performance.now() - begin).toBeGreaterThan(leastMs(3));
  expect(asked(world, "POST", /comments/)).toBe(3);

  const edited = performance.now();
  await Promise.all(["first", "second", "third"].map((marker) => forge.ensureComment(repo, issue, marker, "Three")));
  expect(performance.now() - edited).toBeGreaterThan(leastMs(2));
  expect(asked(world, "PATCH", /comments/)).toBe(3);
});
