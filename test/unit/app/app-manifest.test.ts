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
