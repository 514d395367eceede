import { z } from "zod";

/** A connection for one request. */
export interface Line {
  readonly fetch: typeof fetch;
  /** How much of an answer came in, in bytes; spaces that only keep the connection alive do not count. */
  heard(): number;
  /** Whether the provider may bill the request: it was reached, and did not refuse. */
  mayBeBilled(): boolean;
}

/** How a connection fails before anything is sent over it. */
const neverReached =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_(TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;
const failedFetch = z.object({ cause: z.object({ code: z.string() }) });

/** A `fetch` that gives up once the server has been silent for `idleMs`, before its answer or within it. */
export function openLine(idleMs: number): Line {
  let heard = 0;
  let mayBeBilled = false;
  return {
    heard: () => heard,
    mayBeBilled: () => mayBeBilled,
    async fetch(input, init) {
      const silence = new AbortController();
      const timer = setTimeout(
        () => silence.abort(new Error(`the server was silent for ${idleMs / 1000} s`)),
        idleMs,
      ).unref();
      const signal = init?.signal ? AbortSignal.any([init.signal, silence.signal]) : silence.signal;
      try {
        mayBeBilled = !signal.aborted;
        const response = await fetch(input, { ...init, signal });
        mayBeBilled = response.ok;
        if (response.body === null) return response;
        return new Response(ReadableStream.from(listen(response.body, response.ok)), response);
      } catch (error) {
        clearTimeout(timer);
        if (neverReached.test(failedFetch.safeParse(error).data?.cause.code ?? "")) mayBeBilled = false;
        throw error;
      }

      async function* listen(body: ReadableStream<Uint8Array>, counts: boolean) {
        try {
          for await (const chunk of body) {
            timer.refresh();
            if (counts) heard += chunk.filter((byte) => byte > 0x20).length;
            yield chunk;
          }
        } finally {
          clearTimeout(timer);
        }
      }
    },
  };
}
