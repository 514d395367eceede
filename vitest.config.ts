import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Engines, servers and processes are real: on a loaded machine one may be late once. What had to be tried again is told. */
const retry = process.env["CI"] ? 1 : 0;
const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 60_000, hookTimeout: 120_000, retry, ...options },
});
/** Most wait more than they reckon, for engines and processes. What measures limits and races has the machine to itself, before. */
const several = { maxWorkers: Math.max(2, availableParallelism() - 1), sequence: { groupOrder: 1 } };
const globalSetup = "test/support/postgres-setup.ts";

export default defineConfig({
  test: {
    // Whatever opens a server or a database closes it again; a test that hangs on one is told by its name.
    teardownTimeout: 30_000,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/architecture.test.ts"],
          testTimeout: 30_000,
          ...several,
        },
      },
      project("contract", { maxWorkers: 1 }),
      project("integration", { globalSetup, ...several }),
      project("e2e", { globalSetup, testTimeout: 180_000, ...several }),
    ],
  },
});
