import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { expect, test } from "vitest";
import { z } from "zod";
import { githubForge } from "../../src/forge/github/github-forge.ts";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

const newPull = z.object({ draft: z.boolean(), title: z.string(), body: z.string(), base: z.string() });

/** The few endpoints that it takes, with the answers of a plan that knows no drafts. */
async function startPlainGitHub() {
  const asked: string[] = [];
  const pulls: unknown[] = [];
  const message = "Draft pull requests are not supported in this repository.";
  const answer = (method: string, path: string, body: unknown): [status: number, body: unknown] => {
    if (path.endsWith("/access_tokens")) return [201, { token: "ghs_x", permissions: {} }];
    if (method === "GET") return [200, pulls];
    if (path === "/graphql") {
      asked.push("convert");
      return [200, { data: null, errors: [{ type: "UNPROCESSABLE", message }] }];
    }
    const { draft, title, body: text, base } = newPull.parse(body);
    asked.push(draft ? "draft" : "ordinary");
    if (draft) return [422, { message: "Validation Failed", errors: [{ resource: "PullRequest", message }] }];
    const head = { ref: "fix/1", repo: { full_name: "acme/shop" } };
    pulls.push({ number: 5, node_id: "PR_5", html_url: "u", draft, title, body: text, base: { ref: base }, head });
    return [201, pulls[0]];
  };
  const server = createServer(async (request, response) => {
    const body = request.method === "GET" ? undefined : await json(request).catch(() => undefined);
    const [status, reply] = answer(request.method ?? "", request.url ?? "", body);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(reply));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("where the plan knows no drafts, the pull request is an ordinary one and the answer says so", async () => {
  await using github = await startPlainGitHub();
  const { url } = github;
  const forge = githubForge({ appId: 1, privateKey, apiUrl: url, webUrl: url, dataDir: "/unused", secondMs: 1 });
  const repo = { owner: "acme", name: "shop", installationId: 7 };
  const request = { repo, branch: "fix/1", base: "main", title: "t", body: "b", draft: true };
  expect(await forge.ensurePullRequest(request)).toEqual({ number: 5, url: "u", draft: false });
  expect(await forge.ensurePullRequest(request)).toEqual({ number: 5, url: "u", draft: false });
  expect(github.asked).toEqual(["draft", "ordinary", "convert"]);
});
