/** Light and dark from the same names; on paper always light. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --text: #1c2024; --muted: #667079; --line: #e3e5e8;
  --accent: #0b6e4f; --accent-soft: #dcefe8; --second: #3b6fb5; --bad: #b3261e; --attention: #8a5a00;
  --good-soft: #e3f3ec; --attention-soft: #fbf0d9; --bad-soft: #fbe4e2;
  --target: #0b6e4f; --other-1: #b9c0c7; --other-2: #d9a441; --other-3: #3b6fb5; --other-4: #8e5ea2; --other-5: #c46a4a;
}
@media (prefers-color-scheme: dark) { :root {
  --page: #14171a; --card: #1b1f23; --text: #e7e9eb; --muted: #98a2ab; --line: #30363c;
  --accent: #4fc79b; --accent-soft: #1d3a31; --second: #7fabe6; --bad: #ff8a80; --attention: #eab54d;
  --good-soft: #173229; --attention-soft: #3a2f14; --bad-soft: #41201e;
  --target: #4fc79b; --other-1: #5b656e; --other-2: #d9a441; --other-3: #7fabe6; --other-4: #b58ac9; --other-5: #d98a6c;
} }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 48px 24px 80px; }
.over { color: var(--muted); font-size: 14px; margin: 0 0 6px; }
h1 { font-size: 30px; line-height: 1.25; font-weight: 650; letter-spacing: -0.015em; margin: 0 0 14px; overflow-wrap: anywhere; }
h2 { font-size: 19px; font-weight: 650; letter-spacing: -0.01em; margin: 52px 0 14px; }
p { margin: 0 0 12px; max-width: 72ch; }
.badge { display: inline-block; padding: 2px 12px; border-radius: 99px; font-size: 14px; font-weight: 600; margin-bottom: 18px; }
.good { background: var(--good-soft); color: var(--accent); }
.attention { background: var(--attention-soft); color: var(--attention); }
.bad { background: var(--bad-soft); color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 1px; background: var(--line);
  border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin: 24px 0 0; }
.tiles div { background: var(--card); padding: 14px 18px; }
.tiles b { display: block; font-size: 23px; font-weight: 620; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--muted); font-size: 13.5px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 0 0 14px; }
svg { display: block; width: 100%; height: auto; }
.legend { list-style: none; padding: 0; margin: 12px 0 0; display: grid; gap: 5px; font-size: 14px; }
.legend li { display: grid; grid-template-columns: 14px 1fr 11em 11em; gap: 10px; align-items: baseline; }
.legend li > :nth-child(n + 3) { text-align: right; font-variant-numeric: tabular-nums; }
.legend .head { color: var(--muted); font-size: 13px; }
.legend i { width: 12px; height: 12px; border-radius: 3px; align-self: center; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.legend span { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; }
th, td { text-align: left; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--muted); font-weight: 550; font-size: 13px; }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:last-child, th:last-child { padding-right: 0; }
.total td { font-weight: 620; border-top: 1px solid var(--muted); }
code, .key { font: 13.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.key { unicode-bidi: isolate; }
.muted, .note { color: var(--muted); } .note { font-size: 14px; }
.scroll { overflow: auto; } #exceptions .scroll { max-height: 560px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 5px 24px; margin: 0; font-size: 14.5px; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
label { display: block; color: var(--muted); font-size: 13px; margin-bottom: 10px; }
input { font: inherit; font-size: 14.5px; width: 100%; margin-top: 4px; padding: 8px 12px; color: var(--text); background: var(--page);
  border: 1px solid var(--line); border-radius: 8px; }
input:focus-visible { outline: 2px solid var(--second); outline-offset: 1px; }
footer { margin-top: 60px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--muted); font-size: 13.5px; }
@media (max-width: 640px) { main { padding-top: 28px; } h1 { font-size: 25px; } .legend li { grid-template-columns: 14px 1fr; }
  .legend li > :nth-child(n + 3) { grid-column: 2; text-align: left; } .legend .head { display: none; } }
@media print { :root {
  color-scheme: light; --page: #fff; --card: #fff; --text: #000; --muted: #555; --line: #ccc; --accent: #0b6e4f; --accent-soft: #e4f2ec;
  --second: #3b6fb5; --bad: #b3261e; --attention: #8a5a00; --good-soft: #fff; --attention-soft: #fff; --bad-soft: #fff;
  --target: #0b6e4f; --other-1: #b9c0c7; --other-2: #d9a441; --other-3: #3b6fb5; --other-4: #8e5ea2; --other-5: #c46a4a; }
  body { font-size: 11pt; } main { max-width: none; padding: 0; } .card, tr, .tiles { break-inside: avoid; } h2 { break-after: avoid; }
  #exceptions .scroll { max-height: none; } .badge { border: 1px solid currentColor; } label { display: none; } }
`;

/** The only script: shows the rows that hold the words. It reads what is on the page and writes no markup. */
export const script = `
const input = document.querySelector("input");
const rows = [...document.querySelectorAll("#exceptions tbody tr")];
const shown = document.querySelector("#shown");
input?.addEventListener("input", () => {
  const words = input.value.toLowerCase().split(/\\s+/);
  let count = 0;
  for (const row of rows) {
    row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    if (!row.hidden) count++;
  }
  shown.textContent = count + " of " + rows.length + " shown";
});
`;
