/**
 * Waits for all of them, also when one fails, so that nothing goes on unwatched; then throws what failed first in their order.
 */
export async function allOf<const Promises extends readonly Promise<unknown>[]>(...promises: Promises) {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}
