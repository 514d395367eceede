import { expect, test } from "vitest";
import { toIntent } from "../../../src/app/to-intent.ts";
import { githubExamples } from "../../support/github-examples.ts";

/** A delivery of `issue_comment` as GitHub sends it for a new comment, with what a test changes. */
function commented(changes: { [part: string]: object | string } = {}) {
  const { issue = {}, comment = {}, repository = {}, sender = {}, ...rest } = changes;
  return {
    action: "created",
    issue: { number: 101, state: "open", title: "Crash on empty cart", ...Object(issue) },
    comment: {
      id: 9001,
      body: "/robot budget 10",
      user: { login: "mona" },
      performed_via_github_app: null,
      ...Object(comment),
    },
    repository: { name: "shop", owner: { login: "acme" }, archived: false, ...Object(repository) },
    installation: { id: 7 },
    sender: { login: "mona", id: 583231, type: "User", ...Object(sender) },
    ...rest,
  };
}

const intentOf = (payload: unknown, event = "issue_comment") => toIntent(event, payload, "ready-for-robot");
const asked = {
  type: "command",
  repo: { owner: "acme", name: "shop", installationId: 7 },
  number: 101,
  comment: 9001,
  command: { verb: "budget", usd: 10 },
  by: { login: "mona", id: 583231 },
};

test("a command in a new comment is one, on an issue as in a pull request's conversation", () => {
  expect(intentOf(commented())).toEqual(asked);
  expect(intentOf(commented({ issue: { pull_request: { url: "…" } } }))).toEqual(asked);
});

test.each([
  ["another event", commented(), "pull_request_review_comment"],
  ["an edited comment", commented({ action: "edited" }), "issue_comment"],
  ["a deleted comment", commented({ action: "deleted" }), "issue_comment"],
  ["a comment that shows nothing", commented({ comment: { body: "<!-- x -->\n" } }), "issue_comment"],
  ["a bot", commented({ sender: { type: "Bot", login: "nightshift[bot]" } }), "issue_comment"],
  ["an App in a person's name", commented({ comment: { performed_via_github_app: { id: 1 } } }), "issue_comment"],
  ["what is closed", commented({ issue: { state: "closed" } }), "issue_comment"],
  ["an archived repository", commented({ repository: { archived: true } }), "issue_comment"],
  ["no installation", { ...commented(), installation: undefined }, "issue_comment"],
  ["nothing at all", null, "issue_comment"],
])("%s means nothing", (_, payload, event) => {
  expect(intentOf(payload, event)).toBeUndefined();
});

test("any other new comment is words that somebody may wait for, and says whether they are the issue's author's", () => {
  const words = (changes: object) => intentOf(commented({ comment: { body: "Round <!-- x -->up." }, ...changes }));
  const reply = { verb: "reply", text: "Round up.", byAuthor: false };
  expect(words({})).toEqual({ ...asked, command: reply });
  expect(words({ issue: { user: { id: 583231 } } })).toEqual({ ...asked, command: { ...reply, byAuthor: true } });
  // The author of a pull request of ours is the App, and of another one nobody whom we know.
  const pull = { user: { id: 583231 }, pull_request: { url: "…" } };
  expect(words({ issue: pull })).toEqual({ ...asked, command: reply });
});

test("GitHub's own examples are read as what they are, once they hold a command", () => {
  const examples = githubExamples().filter(
    ({ event, payload }) => event === "issue_comment" && payload["action"] === "created",
  );
  expect(examples.length).toBeGreaterThan(0);
  for (const { payload } of examples) {
    const said = {
      ...payload,
      installation: { id: 7 },
      comment: { ...Object(payload["comment"]), body: "/robot budget 3" },
    };
    expect(intentOf(said)).toMatchObject({ type: "command", command: { verb: "budget", usd: 3 } });
  }
});
