import type { Readable, Writable } from "node:stream";
import { encodeFrame, type Frame, FrameReader, frameTypes, type StartRequest } from "./frames.ts";

export interface SrtExecution {
  /** Resolves with the exit code when it has ended. @throws Error when the sandbox ended first. */
  readonly ended: Promise<number>;
  write(bytes: Uint8Array): void;
  endInput(): void;
  /** Kills it with all that it started. */
  kill(): void;
}

export interface SrtExecutionRequest extends Omit<StartRequest, "input" | "env"> {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: boolean;
  onStdout(chunk: Buffer): void;
  onStderr(chunk: Buffer): void;
}

interface Running {
  readonly request: SrtExecutionRequest;
  readonly end: PromiseWithResolvers<number>;
}

const inputChunk = 256 * 1024;

/**
 * The line to the program inside. What comes back was written where the sandbox's commands can reach: nothing in it is
 * believed further than the result of a command, and a frame that makes no sense ends the sandbox.
 */
export class SrtLink {
  /** Resolves when inside is up. */
  readonly ready: Promise<void>;
  readonly #fromInside: Readable;
  readonly #toInside: Writable;
  readonly #running = new Map<number, Running>();
  readonly #up = Promise.withResolvers<void>();
  #last = 0;
  #broken: Error | undefined;

  constructor(fromInside: Readable, toInside: Writable, options: { readonly onBroken: () => void }) {
    this.#fromInside = fromInside;
    this.#toInside = toInside;
    this.ready = this.#up.promise;
    // Who waits for it hears of it; else nobody has to.
    this.ready.catch(() => undefined);
    const reader = new FrameReader();
    const end = (cause: unknown) => {
      if (this.#broken !== undefined) return;
      this.#broken = new Error("The sandbox has ended.", { cause });
      this.#up.reject(this.#broken);
      for (const { end } of this.#running.values()) end.reject(this.#broken);
      this.#running.clear();
      options.onBroken();
    };
    fromInside.on("data", (chunk: Buffer) => {
      try {
        for (const frame of reader.push(chunk)) this.#take(frame);
      } catch (error) {
        end(error);
      }
    });
    fromInside.once("close", end);
    toInside.once("error", end);
  }

  start(request: SrtExecutionRequest): SrtExecution {
    const { id, end } = this.#open(request);
    const { argv, env = {}, input = false } = request;
    this.#send(frameTypes.start, id, Buffer.from(JSON.stringify({ argv, env, input } satisfies StartRequest)));
    return {
      ended: end.promise,
      write: (bytes) => {
        for (let at = 0; at < bytes.length; at += inputChunk) {
          this.#send(frameTypes.input, id, bytes.subarray(at, at + inputChunk));
        }
      },
      endInput: () => this.#send(frameTypes.inputEnd, id),
      kill: () => this.#send(frameTypes.kill, id),
    };
  }

  /** Kills all that was started, also what is no command's any more. */
  async killAll(): Promise<void> {
    const ignore = () => undefined;
    const { id, end } = this.#open({ argv: [], onStdout: ignore, onStderr: ignore });
    this.#send(frameTypes.killAll, id);
    await end.promise;
  }

  #open(request: SrtExecutionRequest): Running & { readonly id: number } {
    if (this.#broken !== undefined) throw this.#broken;
    this.#last += 1;
    const end = Promise.withResolvers<number>();
    end.promise.catch(() => undefined);
    this.#running.set(this.#last, { request, end });
    return { id: this.#last, request, end };
  }

  /** Reads nothing more from inside until `resume`: for a reader of output that cannot keep up. */
  pause(): void {
    this.#fromInside.pause();
  }

  resume(): void {
    this.#fromInside.resume();
  }

  #send(type: number, id: number, payload?: Uint8Array): void {
    if (this.#broken === undefined) this.#toInside.write(encodeFrame(type, id, payload));
  }

  #take({ type, id, payload }: Frame): void {
    if (type === frameTypes.ready) this.#up.resolve();
    const running = this.#running.get(id);
    if (running === undefined) return;
    if (type === frameTypes.stdout) running.request.onStdout(payload);
    if (type === frameTypes.stderr) running.request.onStderr(payload);
    if (type === frameTypes.exit) {
      this.#running.delete(id);
      running.end.resolve(payload.readInt32BE());
    }
  }
}
