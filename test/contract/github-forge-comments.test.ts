import { expect, test } from "vitest";
import { arrange, asked } from "../support/forge-world.ts";

test("a reaction is there once, however often it is asked for", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  await forge.ensureReaction(repo, issue, "eyes");
  await forge.ensureReaction(repo, issue, "eyes");
  expect(github.reactions(repo, issue)).toEqual([{ by: "nightshift[bot]", content: "eyes" }]);
});

test("a reaction to a comment is there once, however often it is asked for", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  github.addUser("ada");
  const { id } = await github.addComment(repo, issue, "/robot budget 10", "ada");
  await forge.ensureCommentReaction(repo, id, "+1");
  await forge.ensureCommentReaction(repo, id, "+1");
  expect(github.comments(repo, issue).map(({ reactions }) => reactions)).toEqual([["+1"]]);
});

test("one comment per marker is edited from then on, and only when it changes", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  const first = await forge.ensureComment(repo, issue, "progress", "Working");
  const second = await forge.ensureComment(repo, issue, "progress", "Done");
  const third = await forge.ensureComment(repo, issue, "progress", "Done");
  await forge.ensureComment(repo, issue, "question", "Which?");

  expect([second, third]).toEqual([first, first]);
  expect(github.comments(repo, issue).map(({ by, body, url }) => ({ by, body, url }))).toEqual([
    { by: "nightshift[bot]", body: "Done\n\n<!-- nightshift:progress -->", url: first.url },
    { by: "nightshift[bot]", body: "Which?\n\n<!-- nightshift:question -->", url: expect.any(String) },
  ]);
  expect(asked(world, "PATCH", /comments/)).toBe(1);
});

test("a comment of somebody else with the same marker is left alone", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  await github.addComment(repo, issue, "Mine\n\n<!-- nightshift:progress -->", "ada");
  await forge.ensureComment(repo, issue, "progress", "Working");
  expect(github.comments(repo, issue).map(({ by }) => by)).toEqual(["ada", "nightshift[bot]"]);
});

test("our comment is found behind hundreds of others", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  for (let n = 0; n < 250; n += 1) await github.addComment(repo, issue, `Me too ${n}`, "ada");
  await forge.ensureComment(repo, issue, "progress", "Working");
  await forge.ensureComment(repo, issue, "progress", "Done");
  expect(github.comments(repo, issue)).toHaveLength(251);
});

test("a comment that is too long for GitHub is cut and keeps its marker", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  await forge.ensureComment(repo, issue, "progress", "x".repeat(70_000));
  const body = github.comments(repo, issue)[0]?.body ?? "";
  expect(body).toHaveLength(65_536);
  expect(body).toMatch(/\*\(Cut here: GitHub takes no more\.\)\*\n\n<!-- nightshift:progress -->$/);
});

test("a marker that could end the hidden text is refused", async () => {
  await using world = await arrange();
  await expect(world.forge.ensureComment(world.repo, world.issue, "x --> y", "")).rejects.toMatchObject({
    code: "bad_input",
  });
});

test("a comment whose answer was lost is not written twice", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  github.fault({ method: "POST", path: /\/comments$/, answer: { type: "status", status: 502, afterEffect: true } });
  const { url } = await forge.ensureComment(repo, issue, "progress", "Working");
  expect(github.comments(repo, issue)).toMatchObject([{ url }]);
});

test("one check per name and commit follows the newest result, and is posted only when it changes", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  const sha = await github.commit(repo, { message: "Fix", files: { "cart.js": "fixed\n" }, by: "ada" });
  const check = { repo, sha, name: "tests", title: "red", summary: "1 failed", conclusion: "failure" } as const;
  await forge.ensureCheck(check);
  await forge.ensureCheck({ ...check, conclusion: "success", title: "green" });
  await forge.ensureCheck({ ...check, conclusion: "success", title: "green" });

  expect(github.checks(repo, sha)).toEqual([
    { name: "tests", conclusion: "success", title: "green", summary: "1 failed" },
  ]);
  expect([asked(world, "POST", /\/check-runs$/), asked(world, "PATCH", /\/check-runs\//)]).toEqual([1, 1]);
});
