/** GitHub refuses longer bodies. */
const longest = 65_536;
const cut = "\n\n*(Cut here: GitHub takes no more.)*";

/** A body that GitHub accepts, with `ending` at its end in any case. */
export function fitBody(body: string, ending = ""): string {
  const room = longest - ending.length;
  return body.length <= room ? body + ending : body.slice(0, room - cut.length) + cut + ending;
}

/** Whether GitHub would show the same: it may change line ends and drop blanks at the end. */
export function sameText(one: string, other: string): boolean {
  return normal(one) === normal(other);
}

function normal(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}
