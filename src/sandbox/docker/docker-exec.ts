import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import { demultiplexed } from "./demultiplexed.ts";

/** Not the container's own: its main process belongs to another, so that nothing that runs here can end it. */
const sandboxUser = "1000:1000";

export interface Execution {
  /** Resolves when the process and all that held its output have ended. */
  readonly closed: Promise<void>;
  /** The exit code, once closed. */
  exitCode(): Promise<number | null>;
}

export interface ExecutionRequest {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Given to standard input, which stays open after it: the program must know how much to read. */
  readonly input?: Uint8Array;
  onStdout(chunk: Buffer): void;
  onStderr(chunk: Buffer): void;
}

/** Starts a process in a container, over the engine's API (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Exec). */
export async function startExecution(
  docker: Docker,
  container: Docker.Container,
  request: ExecutionRequest,
): Promise<Execution> {
  const exec = await container.exec({
    Cmd: [...request.argv],
    Env: Object.entries(request.env ?? {}).map(([name, value]) => `${name}=${value}`),
    User: sandboxUser,
    WorkingDir: "/",
    AttachStdin: request.input !== undefined,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: request.input !== undefined });
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  stream.once("close", resolve);
  // A connection that breaks closes as well; the exit code, or the lack of one, then tells what happened.
  stream.on("error", () => stream.destroy());
  docker.modem.demuxStream(stream, sink(request.onStdout), sink(request.onStderr));
  if (request.input !== undefined) stream.write(request.input);
  return { closed, exitCode: () => exitCode(exec) };
}

/** The same with both ends open: standard input to write to, and both outputs as one stream to read from. */
export async function startDialogue(container: Docker.Container, argv: readonly string[]) {
  const exec = await container.exec({
    Cmd: [...argv],
    User: sandboxUser,
    WorkingDir: "/",
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stdin = await exec.start({ hijack: true, stdin: true });
  const output = demultiplexed();
  // A connection that breaks is an end as well, not an error: what became of the program is asked of the engine.
  stdin.on("error", () => output.end());
  stdin.once("close", () => output.end());
  stdin.pipe(output);
  return { stdin, output, closed: finished(output, { writable: false }), exitCode: () => exitCode(exec) };
}

function sink(onChunk: (chunk: Buffer) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      onChunk(chunk);
      done();
    },
  });
}

async function exitCode(exec: Docker.Exec): Promise<number | null> {
  // The stream may close a moment before the engine has noted the end.
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const state = await exec.inspect();
    if (!state.Running) return state.ExitCode;
    await pause(20);
  }
  return null;
}
