import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { handledEvents } from "../../../src/app/nightshift-app.ts";

const manifest = parse(readFileSync("app.yml", "utf8"));

test("the App subscribes to the events that it handles, and to no others", () => {
  const events = handledEvents.map((event) => event.split(".")[0]);
  expect(manifest.default_events.toSorted()).toEqual([...new Set(events)].toSorted());
});

test("the App asks for the rights that it needs, and for no others", () => {
  expect(manifest.default_permissions).toEqual({
    checks: "write",
    contents: "write",
    issues: "write",
    metadata: "read",
    pull_requests: "write",
  });
});

test("the App is its operator's own", () => {
  expect(manifest).toMatchObject({ name: "nightshift", public: false });
});

test("docs/configuration.md has what an App made by hand needs, and no more", () => {
  const [, section = ""] = readFileSync("docs/configuration.md", "utf8").split("## The GitHub App");
  const told = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  const permissions = Object.entries(manifest.default_permissions).map(([name, level]) => `${name}: ${level}`);
  expect(told.toSorted()).toEqual([...permissions, ...manifest.default_events].toSorted());
});
