import { expect, test } from "vitest";
import { submoduleAddress } from "../../../src/forge/submodule-address.ts";

const parent = { owner: "acme", name: "shop" };
const at = (url: string, webUrl = "https://github.com") => submoduleAddress(url, parent, webUrl);

test.each([
  ["../lib.git", "acme/lib"],
  ["../../other/lib", "other/lib"],
  ["./../lib/", "acme/lib"],
  ["./", "acme/shop"],
  ["https://github.com/Other/lib.git", "Other/lib"],
  ["git@github.com:other/lib.git", "other/lib"],
  ["ssh://git@github.com/other/lib", "other/lib"],
  ["git://github.com/other/lib", "other/lib"],
])("%s is on the host of its repository", (url, fullName) => {
  const [owner, name] = fullName.split("/");
  expect(at(url)).toEqual({ on: "own host", repo: { owner, name } });
});

test("a server of one's own is one's own with its port", () => {
  expect(at("http://git.test:8080/a/b.git", "http://git.test:8080")).toEqual({
    on: "own host",
    repo: { owner: "a", name: "b" },
  });
  expect(at("http://git.test:9090/a/b.git", "http://git.test:8080")).toEqual({ on: "nowhere" });
});

test("https leads to another host", () => {
  const url = "https://git.example.com/some/where/lib.git";
  expect(at(url)).toEqual({ on: "another host", url });
});

test.each([
  "ext::sh -c 'touch /tmp/x'",
  "ext::touch%20/tmp/x",
  "file:///etc",
  "/etc/passwd",
  "lib",
  "-u./evil",
  "--upload-pack=evil",
  "../../../lib",
  "../-lib",
  "..",
  "../..",
  "../lib/deep",
  "https://github.com/acme/../../etc",
  "https://github.com/acme/lib/more",
  "https://git.example.com:8443/lib.git",
  "https://user@git.example.com/lib.git",
  "http://git.example.com/lib.git",
  "git@git.example.com:lib.git",
  "ssh://-oProxyCommand=evil/lib",
  "https://git.example.com/lib.git\n[core]",
  "",
])("%j is not followed", (url) => {
  expect(at(url)).toEqual({ on: "nowhere" });
});
