import { Html, html } from "./html.js"

const rules = new Html(`
  :root { color-scheme: light dark; --ink: #1b1f24; --ground: #ffffff; --faint: #57606a; --line: #d0d7de; --soft: #f3f5f7;
    --good: #1a7f37; --bad: #bc4c00; --series-1: #0b62c4; --series-2: #bc4c00; --series-3: #1a7f37; --series-4: #8250df;
    --added: #dafbe1; --removed: #ffe3d3 }
  @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --ground: #15181c; --faint: #a3adb8; --line: #3a424b;
    --soft: #1e2329; --good: #56d364; --bad: #ff9b5e; --series-1: #6cb2ff; --series-2: #ff9b5e; --series-3: #56d364;
    --series-4: #c9a2ff; --added: #12391f; --removed: #4d2613 } }
  * { box-sizing: border-box }
  body { margin: 0 auto; max-width: 56rem; padding: 1rem; background: var(--ground); color: var(--ink);
    font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
  h1 { font-size: 1.5rem; line-height: 1.25 } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem } h3 { font-size: 1rem }
  .lead { font-size: 1.2rem } .faint { color: var(--faint) } .good { color: var(--good) } .bad { color: var(--bad) }
  svg { display: block; max-width: 100%; height: auto } figure { margin: 1rem 0 } figcaption { color: var(--faint); font-size: .85rem }
  .legend { margin: .5rem 0; font-size: .9rem } .legend span { margin-right: 1rem; white-space: nowrap }
  .legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .4rem }
  .narrow { display: none }
  @media (max-width: 44rem) { .wide { display: none } .narrow { display: block } }
  .pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); gap: .75rem }
  .pictures figure { margin: 0; text-align: center } .pictures svg { width: 100%; fill: var(--ink) }
  dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0 }
  dl div { background: var(--soft); border-radius: .5rem; padding: .6rem .8rem } dt { color: var(--faint); font-size: .85rem }
  dd { margin: 0; font-size: 1.15rem; font-weight: 600; overflow-wrap: normal }
  .scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: .9rem }
  caption { text-align: left; color: var(--faint); padding-bottom: .3rem }
  th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line) }
  th { white-space: nowrap } td { overflow-wrap: break-word }
  details { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .8rem; margin: .5rem 0 }
  summary { cursor: pointer } pre { white-space: pre-wrap; background: var(--soft); border-radius: .5rem; padding: .8rem;
    font: .85rem/1.5 ui-monospace, monospace; margin: .5rem 0; overflow-wrap: anywhere }
  ins { background: var(--added); text-decoration: none } del { background: var(--removed) }
`)

/**
 * A page that needs nothing but itself.
 *
 * @internal
 */
export const page = (title: string, sections: ReadonlyArray<Html>): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${rules}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${sections.map((section) => html`${section}\n`)}</main>
</body>
</html>
`.text
