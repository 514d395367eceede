const literal = String.raw`(?:true|True|false|False|null|None|nil|\d+|"[^"]*"|'[^']*')`;
/** It holds whatever the code does. */
const trivial = [
  new RegExp(
    String.raw`\bexpect\(\s*(${literal}|[\w.]+)\s*\)\.(?:to\.)?(?:toBe|toEqual|toStrictEqual|equal|eql|eq|be)\(?\s*\1\s*\)`,
  ),
  /\bexpect\(\s*(?:true|1)\s*\)\.(?:toBeTruthy|to\.be\.(?:ok|true))/,
  /^\s*assert\s+(?:True|1|not\s+False)\s*(?:,|#|$)/,
  new RegExp(String.raw`^\s*assert\s+(${literal}|[\w.]+)\s*==\s*\1\s*(?:,|#|$)`),
  /^\s*assert\b.*\bor\s+True\b/,
  /\b(?:assert|expect)\w*(?:\.\w+)?!?\(.*\|\|\s*true\b/,
  // A pair, and no message.
  /^\s*assert\s*\([^()]*(?:\([^()]*\)[^()]*)*(?:==|!=|<|>|\bin\b)[^()]*(?:\([^()]*\)[^()]*)*,\s*f?["'][^"']*["']\s*\)\s*(?:#.*)?$/,
  /\b(?:assert|assert\.ok|assertTrue|Assert\.(?:True|IsTrue)|XCTAssertTrue|XCTAssert|assert!|ASSERT_TRUE|EXPECT_TRUE)\(\s*(?:true|True|1)\s*[,)]/,
  /\bassert(?:\.\w+)?\(\s*t\s*,\s*true\s*[,)]|\b(?:assert|require)\.True\(\s*t\s*,\s*true\b/,
  new RegExp(
    String.raw`\b(?:assert\w*|Assert\.\w*Equal|assert\.\w*[eE]qual|assert_eq!|ASSERT_EQ|EXPECT_EQ|XCTAssertEqual)\(\s*(?:t\s*,\s*)?(${literal}|[\w.]+)\s*,\s*\1\s*[,)]`,
  ),
  /^\s*(?:assert|refute)\s+(?:true|nil)\s*$/,
];
const trueOrFalse = /\b(?:true|false|True|False|null|None|nil|undefined)\b/;
/** Says what it expects. */
const exact =
  /\.(?:toBe|toEqual|toStrictEqual|toMatchObject|toHaveLength|toContain|toMatch|toHaveBeenCalledWith|eql?|equal|deep\w*|strictEqual)\(|\.toThrow\w*\(\s*[^)\s]|\bassert\s+.+(?:==|\bin\b|<|>)|\bassert\w*(?:Equals?|Same|In|That)\b|\b(?:raises|assert(?:Raises|Throws)\w*)\(\s*\w|\b(?:assert|require)\.(?:Equal|Len|Contains|ElementsMatch|EqualError)|assert_eq!|\b(?:assert_equal|eq\()|_EQ\(|XCTAssertEqual/;
/** Says only that there is something. */
const vague =
  /\.(?:toBeDefined|toBeTruthy|toBeFalsy|not\.toBe(?:Null|Undefined)|not\.toThrow|toBeInstanceOf|exist|ok)\b|expect\.anything\(|\bassert\s+[\w.()[\]"']+\s*(?:is\s+not\s+None)?\s*(?:#.*)?$|\bassert\w*(?:NotNull|IsNotNone|IsInstance|NotNil)\b|\b(?:assert|require)\.(?:NotNil|NoError|NotEmpty|True)\b|\bassertTrue\(|assert!\(.*\.is_(?:ok|some)\(\)|XCTAssertNotNil|\b(?:refute_nil|be_truthy|be_present)\b/;
const little = String.raw`\s*(?:-?[01](?![\d.])|None\b|nil\b|null\b|""|'')\s*`;
/** Nearly anything would do, though it is said in exact words: any type, any failure, any number above 0. */
const anything = [
  /\b(?:expect\(|assert\w*(?:\.\w+)?\()\s*typeof\b|\bassert\s+(?:isinstance|type|len|callable)\([^()]*(?:\([^()]*\)[^()]*)*\)\s*(?:[,#]|$)/,
  new RegExp(String.raw`\.toBeGreaterThan(?:OrEqual)?\(${little}\)|\.not\.(?:toBe|toEqual|toStrictEqual)\(${little}\)`),
  /\.(?:toBe|toEqual|toStrictEqual|toMatchObject)\(\s*expect\.(?:any\([^)]*\)|anything\(\))\s*\)/,
  /\.toThrow(?:Error)?\(\s*(?:Error\s*)?\)/,
  new RegExp(
    String.raw`\bassert\b[^=]*[^=!<>](?:>=?|!=|is not)${little}(?:[,#]|$)|\bassert!\([^=]*(?:>=?|!=)${little}[,)]`,
  ),
  /\bassert!\(\s*![\w.()&[\]]*\.is_empty\(\)/,
  /\b(?:pytest\.)?raises\(\s*(?:Base)?Exception\s*[),]|\bassertRaises\w*\(\s*(?:Base)?Exception\s*[),]|\bassertThrows\w*\(\s*(?:Exception|Throwable|RuntimeException|Error)\.class/,
];

export function isTrivial(text: string): boolean {
  return trivial.some((pattern) => pattern.test(text)) && !/^\s*(?:\/\/|#|\*)/.test(text);
}

export function isExact(text: string): boolean {
  return exact.test(text) && !trueOrFalse.test(text) && !isAnything(text);
}

export function isVague(text: string): boolean {
  // What goes on on the next line is not known yet.
  if (/[([{]\s*$/.test(text)) return false;
  return isAnything(text) || (vague.test(text) && !exact.test(text));
}

function isAnything(text: string): boolean {
  return anything.some((pattern) => pattern.test(text));
}
