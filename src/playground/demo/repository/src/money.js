/** "12.34" to 1234. */
export function toCents(text) {
  const match = /^(-?)(\d+)(?:\.(\d{2}))?$/.exec(text.trim());
  if (match === null) throw new TypeError(`not an amount: ${text}`);
  const cents = Number(match[2]) * 100 + Number(match[3] ?? 0);
  return match[1] === "-" ? -cents : cents;
}

/** 1234 to "12.34". */
export function format(cents) {
  const sign = cents < 0 ? "-" : "";
  const [whole, rest] = [Math.floor(Math.abs(cents) / 100), Math.abs(cents) % 100];
  return `${sign}${whole}.${String(rest).padStart(2, "0")}`;
}
