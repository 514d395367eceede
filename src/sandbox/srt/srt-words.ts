/** What is there before the first command: the shells, relays and threads of ours. */
export const insideThreads = 32;
