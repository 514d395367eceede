/** How a language declares and imports; the first group that matches is the name. Every pattern reads a line from its beginning. */
interface Language {
  readonly symbols: readonly RegExp[];
  readonly imports: readonly RegExp[];
}

const script: Language = {
  symbols: [
    /^(?:export[ \t]+)?(?:default[ \t]+)?(?:declare[ \t]+)?(?:abstract[ \t]+)?(?:async[ \t]+)?(?:function\*?|class|interface|enum|namespace|type)[ \t]+([A-Za-z_$][\w$]*)/gm,
    /^export[ \t]+(?:declare[ \t]+)?(?:const|let|var)[ \t]+([A-Za-z_$][\w$]*)/gm,
    /^(?:module\.)?exports\.([A-Za-z_$][\w$]*)[ \t]*=/gm,
    /^const[ \t]+([A-Za-z_$][\w$]*)[ \t]*=[ \t]*(?:async[ \t]*)?(?:function\b|\([^()\n]*\)[ \t]*=>|\w+[ \t]*=>)/gm,
    // A method; what looks like one and is a statement is left out.
    /^(?: {2,4}|\t)(?:(?:public|protected|static|override|async|get|set)[ \t]+)*(?!(?:if|for|while|switch|catch|with|constructor)\b)([A-Za-z][\w$]*)\([^()\n]*\)[ \t]*(?::[^={}\n]+)?\{[ \t]*$/gm,
  ],
  imports: [/\b(?:from|import|require)[ \t]*\(?[ \t]*["']([^"'\n]+)["']/g],
};

const jvm: Language = {
  symbols: [
    /^[ \t]{0,2}(?:(?:public|private|protected|internal|abstract|final|open|sealed|data|static|partial|case|inline|value)[ \t]+)*(?:@?interface|class|enum(?:[ \t]+class)?|record|struct|object|trait|fun|def)[ \t]+(?:<[^>\n]*>[ \t]*)?([A-Za-z_]\w*)/gm,
    /^[ \t]{2,4}(?:public|protected)[ \t]+(?:(?:static|final|async|override|virtual|synchronized|abstract)[ \t]+)*[\w<>[\],.? ]{1,80}[ \t]([A-Za-z_]\w*)[ \t]*\(/gm,
  ],
  imports: [/^[ \t]*(?:import|using)[ \t]+(?:static[ \t]+)?([A-Za-z_][\w.]*)/gm],
};

const c: Language = {
  symbols: [
    /^(?:typedef[ \t]+)?(?:class|struct|enum(?:[ \t]+class)?|union|namespace|@interface|@implementation|@protocol)[ \t]+([A-Za-z_]\w*)/gm,
    /^(?!return\b|else\b|typedef\b)[A-Za-z_][\w:<>,*& \t]{0,120}?[ \t*&]([A-Za-z_][\w:~]*)[ \t]*\([^;{}\n]*\)?[^;\n]*$/gm,
    /^#[ \t]*define[ \t]+([A-Za-z_]\w*)\(/gm,
  ],
  imports: [/^[ \t]*#[ \t]*(?:include|import)[ \t]+"([^"\n]+)"/gm],
};

const byExtension: readonly (readonly [extensions: string, language: Language])[] = [
  ["ts tsx mts cts js jsx mjs cjs vue svelte astro", script],
  ["java kt kts scala groovy cs", jvm],
  ["c h cc cpp cxx hpp hh hxx m mm cu", c],
  [
    "py pyi",
    {
      symbols: [
        /^(?:async[ \t]+)?(?:def|class)[ \t]+([A-Za-z_]\w*)/gm,
        /^(?: {2,4}|\t)(?:async[ \t]+)?def[ \t]+([A-Za-z]\w*)/gm,
        /^([A-Z][A-Z0-9_]{3,})[ \t]*(?::[^=\n]+)?=/gm,
      ],
      imports: [/^[ \t]*from[ \t]+([.\w]+)[ \t]+import\b/gm, /^[ \t]*import[ \t]+([\w.]+)/gm],
    },
  ],
  [
    "go",
    {
      symbols: [/^func[ \t]+(?:\([^)\n]*\)[ \t]*)?([A-Za-z_]\w*)/gm, /^(?:type|var|const)[ \t]+([A-Za-z_]\w*)/gm],
      imports: [/^(?:import[ \t]+|[ \t]+)(?:[\w.]+[ \t]+)?"([\w./-]+\/[\w./-]+)"[ \t]*$/gm],
    },
  ],
  [
    "rs",
    {
      symbols: [
        /^(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:(?:async|unsafe|const|extern)[ \t]+)*(?:fn|struct|enum|trait|type|mod|static|const|union)[ \t]+([A-Za-z_]\w*)/gm,
        /^macro_rules![ \t]+(\w+)/gm,
      ],
      imports: [
        /^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?use[ \t]+([\w:]+)/gm,
        /^(?:pub(?:\([^)\n]*\))?[ \t]+)?mod[ \t]+(\w+);/gm,
      ],
    },
  ],
  [
    "rb rake",
    {
      symbols: [
        /^[ \t]{0,4}(?:class|module)[ \t]+([A-Z][\w:]*)/gm,
        /^[ \t]{0,4}def[ \t]+(?:self\.)?([a-z_]\w*[?!=]?)/gm,
      ],
      imports: [/^[ \t]*require(?:_relative)?[ \t(]+["']([^"'\n]+)["']/gm],
    },
  ],
  [
    "php",
    {
      symbols: [
        /^[ \t]{0,4}(?:(?:abstract|final|public|protected|static|readonly)[ \t]+)*(?:class|interface|trait|enum|function)[ \t]+([A-Za-z_]\w*)/gm,
      ],
      imports: [
        /^use[ \t]+(?:function[ \t]+)?([\w\\]+)/gm,
        /\b(?:require|include)(?:_once)?[ \t(]+(?:__DIR__[ \t]*\.[ \t]*)?["']([^"'\n]+)["']/gm,
      ],
    },
  ],
  [
    "swift dart",
    {
      symbols: [
        /^(?:(?:public|open|internal|final|abstract|fileprivate|private)[ \t]+)*(?:class|struct|enum|protocol|extension|actor|mixin|func|typedef)[ \t]+([A-Za-z_]\w*)/gm,
      ],
      imports: [/^(?:import|part|export)[ \t]+["']([^"'\n]+)["']/gm],
    },
  ],
  [
    "ex exs lua sh bash",
    {
      symbols: [
        /^[ \t]{0,2}(?:defmodule|defp?|defmacro)[ \t]+([A-Za-z_][\w.?!]*)/gm,
        /^(?:local[ \t]+)?function[ \t]+([\w.:]+)/gm,
        /^([A-Za-z_]\w*)[ \t]*\(\)[ \t]*\{/gm,
      ],
      imports: [
        /^[ \t]*(?:alias|import|use)[ \t]+([A-Z][\w.]*)/gm,
        /\brequire[ \t(]+["']([^"'\n]+)["']/gm,
        /^(?:source|\.)[ \t]+"?([\w./-]+)/gm,
      ],
    },
  ],
];

export const languages: ReadonlyMap<string, Language> = new Map(
  byExtension.flatMap(([extensions, language]) => extensions.split(" ").map((one) => [one, language] as const)),
);

export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
}
