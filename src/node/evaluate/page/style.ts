/** The style of the report's page. */
export const style = `
:root { color-scheme: light dark; --paper: #fff; --ink: #171a21; --muted: #565e6e; --border: #dfe3ea; --accent: #2461d8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0f1218; --ink: #eef0f5; --muted: #a5aebf; --border: #333a49; --accent: #79a8ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem; }
ul { padding-left: 1.2rem; color: var(--muted); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0.5rem 0 1rem; }
caption { text-align: left; padding-bottom: 0.25rem; color: var(--muted); }
th { font-weight: 600; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.figures th, .figures td { padding: 0.25rem 0.75rem 0.25rem 0; text-align: right; border-bottom: 1px solid var(--border); white-space: nowrap; }
.figures th:first-child { text-align: left; white-space: normal; min-width: 8rem; font-weight: 400; }
.figures thead th, .figures thead th:first-child { font-weight: 600; }
.images { table-layout: fixed; width: 100%; max-width: calc(var(--columns) * 11rem); }
.scroll .images { min-width: calc(var(--columns) * 5rem); }
.images th, .images td { padding: 0 0.25rem 0.25rem 0; text-align: left; vertical-align: top; }
.images thead th { font-size: 0.85rem; vertical-align: bottom; }
.images img { display: block; width: 100%; height: auto; outline: 1px solid var(--border); outline-offset: -1px; }
.images img[src^="data:image/png"] { image-rendering: pixelated; }
.images .note { font-weight: 400; font-size: 0.85rem; padding-bottom: 0.75rem; }
.note span { color: var(--muted); }
.pair { display: grid; grid-template-columns: 1fr; gap: 0 2rem; }
@media (min-width: 60rem) { .pair { grid-template-columns: 1fr 1fr; } }
summary { cursor: pointer; padding: 0.25rem 0; }
`;
