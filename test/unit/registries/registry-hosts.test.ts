import { expect, test } from "vitest";
import { registryHosts } from "../../../src/registries/registry-hosts.ts";

const hostsOf = (files: Readonly<Record<string, string>>, npm: string | undefined = "https://npm.example.com/") =>
  registryHosts({ read: async (path) => files[path], npmRegistry: async () => npm });

test("a repository reaches the registries of its own ecosystems and no others", async () => {
  expect(await hostsOf({})).toEqual([]);
  expect(await hostsOf({ "go.mod": "module x" })).toEqual(["proxy.golang.org", "sum.golang.org"]);
  expect(await hostsOf({ "pyproject.toml": "", "requirements.txt": "" })).toEqual([
    "pypi.org",
    "files.pythonhosted.org",
  ]);
});

test("npm's registry is the one that npm is configured for, and those that the repository names", async () => {
  const npmrc = `registry=https://packages.example.com/npm/\n@acme:registry = "https://acme.example.com:443"\n//acme.example.com/:_authToken=\${TOKEN}\n# registry=https://commented.example.com\n`;
  expect(await hostsOf({ "package.json": "{}" })).toEqual(["npm.example.com"]);
  expect(await hostsOf({ "package.json": "{}", ".npmrc": npmrc })).toEqual([
    "npm.example.com",
    "packages.example.com",
    "acme.example.com",
  ]);
  expect(await hostsOf({ "package.json": "{}", ".npmrc": "registry=not an address" })).toEqual(["npm.example.com"]);
  expect(await registryHosts({ read: async () => "{}", npmRegistry: async () => undefined })).not.toContain(
    "npm.example.com",
  );
});
