/** One quiet style sheet, light and dark. */
export const style = `
:root { color-scheme: light dark;
  --page: #fff; --ink: #1f2328; --muted: #636c76; --line: #d8dee4; --soft: #f6f8fa; --link: #0b62c4;
  --open: #1a7f37; --merged: #7b4ddb; --closed: #c4312b; --draft: #6a737d;
  --plus: #e6f6ea; --plus-edge: #c3e8cd; --minus: #fdeceb; --minus-edge: #f6cfcd; --hunk: #eaf2fc; --warn: #9a6700; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0f1419; --ink: #dfe5ec; --muted: #8d97a3; --line: #2b333c; --soft: #171d24; --link: #6cb0ff;
  --open: #2f9e4f; --merged: #8f6ae6; --closed: #d9534f; --draft: #737d88;
  --plus: #10281a; --plus-edge: #1c4a2c; --minus: #331a1c; --minus-edge: #5c2629; --hunk: #16263a; --warn: #d8a63c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
header { display: flex; justify-content: space-between; gap: 16px; padding: 14px 24px;
  background: var(--soft); border-bottom: 1px solid var(--line); font-size: 14px; }
header .home { font-weight: 600; color: var(--ink); } .slash { color: var(--muted); margin: 0 8px; }
main { max-width: 980px; margin: 0 auto; padding: 28px 24px 80px; }
h1 { font-size: 26px; font-weight: 500; line-height: 1.3; margin: 0 0 10px; overflow-wrap: anywhere; }
h1 .number { color: var(--muted); font-weight: 300; } h2 { font-size: 16px; margin: 32px 0 10px; }
.muted { color: var(--muted); } .mono, code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.mono { font-size: 12.5px; }
.badge { display: inline-block; padding: 3px 12px; border-radius: 20px; color: #fff; font-size: 13px; font-weight: 500; margin-right: 8px; }
.open { background: var(--open); } .merged { background: var(--merged); } .closed { background: var(--closed); } .draft { background: var(--draft); }
.branch { background: var(--hunk); border-radius: 5px; padding: 2px 7px; font-size: 12.5px; overflow-wrap: anywhere; }
.tag { font-size: 11px; color: var(--muted); border: 1px solid var(--line); border-radius: 10px; padding: 0 7px; }
.label { display: inline-block; font-size: 12px; font-weight: 500; border-radius: 12px; padding: 1px 9px; border: 1px solid var(--line); }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 6px; }
.tabs { display: flex; gap: 4px; border-bottom: 1px solid var(--line); margin: 22px 0; }
.tabs a { padding: 8px 14px; color: var(--ink); border-bottom: 2px solid transparent; margin-bottom: -1px; }
.tabs a.here { border-color: #e0803a; font-weight: 600; } .tabs a:hover { text-decoration: none; background: var(--soft); }
.count { color: var(--muted); font-size: 12px; font-weight: 400; margin-left: 4px; }
.list { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.list > * { display: flex; align-items: baseline; gap: 10px; padding: 11px 16px; border-top: 1px solid var(--line); }
.list > *:first-child { border-top: 0; } .list .grow { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.comment { display: grid; grid-template-columns: 32px 1fr; gap: 14px; margin: 18px 0; }
.avatar { border-radius: 50%; display: block; }
.box { border: 1px solid var(--line); border-radius: 8px; min-width: 0; overflow: hidden; }
.box > .top { background: var(--soft); border-bottom: 1px solid var(--line); padding: 8px 16px; font-size: 13.5px; color: var(--muted); }
.box > .top b { color: var(--ink); } .reactions { padding: 0 16px 12px; }
.reactions span { border: 1px solid var(--line); border-radius: 14px; padding: 2px 10px; font-size: 13px; margin-right: 6px; }
.text { padding: 14px 16px; overflow-wrap: anywhere; } .text > :first-child { margin-top: 0; } .text > :last-child { margin-bottom: 0; }
.text p:empty { display: none; } .text h1, .text h2 { border-bottom: 1px solid var(--line); padding-bottom: 5px; }
.text h1 { font-size: 21px; font-weight: 600; } .text h2 { font-size: 18px; margin-top: 22px; } .text h3 { font-size: 16px; margin-top: 18px; }
.text code { background: var(--soft); border-radius: 5px; padding: 2px 5px; font-size: 86%; }
.text pre { background: var(--soft); border-radius: 7px; padding: 12px 14px; overflow-x: auto; line-height: 1.45; }
.text pre code { background: none; padding: 0; font-size: 12.5px; } .text ul, .text ol { padding-left: 26px; }
.text table { border-collapse: collapse; display: block; overflow-x: auto; margin: 14px 0; }
.text th, .text td { border: 1px solid var(--line); padding: 5px 12px; overflow-wrap: break-word; } .text th { background: var(--soft); text-align: left; }
.text blockquote { margin: 14px 0; padding: 0 14px; color: var(--muted); border-left: 3px solid var(--line); }
.text details { margin: 14px 0; } .text summary { cursor: pointer; font-weight: 500; } .text img { max-width: 100%; } .text hr { border: 0; border-top: 1px solid var(--line); }
.alert { border-left: 4px solid var(--link); padding: 8px 16px; margin: 14px 0; background: var(--soft); border-radius: 0 7px 7px 0; }
.alert > p { margin: 4px 0; } .alert::before { font-weight: 600; color: var(--link); content: "Note"; }
.alert-tip { border-color: var(--open); } .alert-tip::before { content: "Tip"; color: var(--open); }
.alert-important { border-color: var(--merged); } .alert-important::before { content: "Important"; color: var(--merged); }
.alert-warning { border-color: var(--warn); } .alert-warning::before { content: "Warning"; color: var(--warn); }
.alert-caution { border-color: var(--closed); } .alert-caution::before { content: "Caution"; color: var(--closed); }
.file { margin: 18px 0; } .file .top { display: flex; gap: 12px; } .file .top .mono { flex: 1; color: var(--ink); overflow-wrap: anywhere; }
.added { color: var(--open); } .removed { color: var(--closed); }
.diff { border-collapse: collapse; width: 100%; font: 12.5px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.scroll { overflow-x: auto; } .diff td { padding: 0 12px; white-space: pre; vertical-align: top; } .diff td:last-child { width: 100%; }
.diff .n { color: var(--muted); text-align: right; min-width: 46px; padding: 0 8px; user-select: none; }
.diff .plus td { background: var(--plus); } .diff .plus .n { background: var(--plus-edge); }
.diff .minus td { background: var(--minus); } .diff .minus .n { background: var(--minus-edge); }
.diff .hunk td { background: var(--hunk); color: var(--muted); padding-top: 3px; padding-bottom: 3px; }
.empty { color: var(--muted); padding: 22px 16px; text-align: center; border: 1px dashed var(--line); border-radius: 8px; }
@media (max-width: 600px) { main { padding: 20px 14px 60px; } .comment { grid-template-columns: 1fr; } .comment > .avatar { display: none; } }
`;
