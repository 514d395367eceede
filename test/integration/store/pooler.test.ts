import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { openStore } from "../../../src/store/open-store.ts";

test("a connection begins with nothing that a pooler refuses", async () => {
  const asked = Promise.withResolvers<readonly string[]>();
  await using server = createServer((socket: Socket) => {
    // Length and version, then names and values: https://www.postgresql.org/docs/current/protocol-message-formats.html
    socket.once("data", (data) => {
      asked.resolve(data.toString("latin1", 8).split("\0"));
      socket.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") return expect.unreachable();

  const url = `postgres://me:secret@127.0.0.1:${address.port}/shop?sslmode=disable`;
  await expect(openStore(url)).rejects.toMatchObject({ code: "database_unavailable" });
  const words = await asked.promise;
  const names = words.filter((word, at) => at % 2 === 0 && word !== "");
  // PgBouncer follows these; for any other it ends the connection.
  expect(names.toSorted()).toEqual(["client_encoding", "database", "user"]);
});
