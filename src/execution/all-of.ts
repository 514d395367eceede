/**
 * Waits for both, also when one fails, so that nothing goes on unwatched; then throws what failed first in their order.
 */
export async function allOf<First, Second>(first: Promise<First>, second: Promise<Second>): Promise<[First, Second]> {
  await Promise.allSettled([first, second]);
  return await Promise.all([first, second]);
}
