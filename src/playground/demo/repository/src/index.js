export { format, toCents } from "./money.js";
export { splitByShares, splitEvenly } from "./split.js";
