import { defineConfig } from "vitest/config";

const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts", "test/architecture.test.ts"] } },
      project("contract", { testTimeout: 60_000, hookTimeout: 120_000 }),
      project("integration", { testTimeout: 60_000, hookTimeout: 120_000 }),
      project("e2e", { testTimeout: 180_000, hookTimeout: 180_000 }),
    ],
  },
});
