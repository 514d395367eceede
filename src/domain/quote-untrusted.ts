/** HTML comments: shown to nobody on the page, read by a model. An unclosed one hides the rest. */
const htmlComment = /<!--[\s\S]*?(?:-->|$)/g;

/** Control characters but tab and newline, and what Unicode says is drawn as nothing: zero-width, bidirectional marks, tags. */
const hidden = /(?![\t\n])[\p{Cc}\p{Default_Ignorable_Code_Point}]/gu;

/** The text as a person would see it on the page: without hidden characters and HTML comments. */
export function visibleText(text: string): string {
  const visible = text.replaceAll("\r\n", "\n").replaceAll(htmlComment, "").replaceAll(hidden, "");
  // What was taken out may have kept a comment's parts asleep, as in `<!<!-- -->--`: shown on the page, so it must not wake up here.
  return visible.replaceAll("<!--", "‹!--").trim();
}

/**
 * Text from outside, marked as data for a model. It can neither close its block nor open another:
 * whatever looks like our mark inside is defused.
 */
export function quoteUntrusted(source: string, text: string, maxChars = 20_000): string {
  const visible = visibleText(text).replaceAll(/<(?=[\s/]*untrusted)/gi, "‹");
  const cut = visible.length <= maxChars ? visible : withoutMiddle(visible, maxChars);
  // Half a surrogate pair, which the cut may leave, is refused by models' servers.
  return `<untrusted source="${source}">\n${cut === "" ? "(empty)" : cut.toWellFormed()}\n</untrusted>`;
}

/** Whoever pastes a log says what is wanted before it or after it. */
function withoutMiddle(text: string, maxChars: number): string {
  const head = Math.floor(0.75 * maxChars);
  const left = text.length - maxChars;
  return `${text.slice(0, head)}\n[… ${left} characters were left out here …]\n${text.slice(head + left)}`;
}
