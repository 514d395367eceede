import { afterEach, expect, test, vi } from "vitest";
import { watchDisk } from "../../../src/sandbox/disk-watch.ts";
import { type Machine, readFileOn, writeFileOn } from "../../../src/sandbox/machine.ts";

afterEach(() => vi.useRealTimers());

/** A machine whose processes never end by themselves. */
function hangingMachine() {
  let kills = 0;
  const disk = watchDisk({ written: async () => 0, maxBytes: 1, killAll: async () => undefined });
  const machine: Machine = {
    ...{ id: "hung", workspace: "/workspace", disk },
    start: async () => ({
      closed: Promise.withResolvers().promise,
      exitCode: async () => null,
      kill: async () => {
        kills += 1;
      },
    }),
    begin: () => ({ [Symbol.dispose]: () => undefined }),
    within: (work) => work(),
  };
  return { machine, disk, kills: () => kills };
}

test.each([
  ["read", (machine: Machine) => readFileOn(machine, "/workspace/pipe")],
  ["written", (machine: Machine) => writeFileOn(machine, "/workspace/pipe", Buffer.from("x"))],
])("a file that cannot be %s in time leaves no process behind", async (_, touch) => {
  vi.useFakeTimers();
  const { machine, disk, kills } = hangingMachine();
  using _disk = disk;
  const touched = expect(touch(machine)).rejects.toThrow("/workspace/pipe: no answer from sandbox hung.");
  await vi.advanceTimersByTimeAsync(120_000);
  await touched;
  expect(kills()).toBe(1);
});
