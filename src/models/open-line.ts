/** A connection for one request. */
export interface Line {
  readonly fetch: typeof fetch;
  /** How much of an answer came in, in bytes; spaces that only keep the connection alive do not count. */
  heard(): number;
}

/** A `fetch` that gives up once the server has been silent for `idleMs`, before its answer or within it. */
export function openLine(idleMs: number): Line {
  let heard = 0;
  return {
    heard: () => heard,
    async fetch(input, init) {
      const silence = new AbortController();
      const timer = setTimeout(
        () => silence.abort(new Error(`the server was silent for ${idleMs / 1000} s`)),
        idleMs,
      ).unref();
      const signal = init?.signal ? AbortSignal.any([init.signal, silence.signal]) : silence.signal;
      try {
        const response = await fetch(input, { ...init, signal });
        if (response.body === null) return response;
        return new Response(ReadableStream.from(listen(response.body, response.ok)), response);
      } catch (error) {
        clearTimeout(timer);
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
