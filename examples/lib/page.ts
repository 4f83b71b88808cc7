const style = `
  :root { color-scheme: light dark; --ink: #1b1f24; --ground: #ffffff; --faint: #6a737d }
  @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --ground: #15181c; --faint: #9aa4af } }
  body { margin: 0 auto; max-width: 56rem; padding: 1rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
  h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem } .lead { font-size: 1.2rem }
  svg { max-width: 100%; height: auto }
  .pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); gap: .75rem }
  figure { margin: 0; text-align: center } figure svg { width: 100%; fill: var(--ink) } figcaption { color: var(--faint); font-size: .85rem }
`

/** A page that needs nothing but itself. */
export const page = (title: string, sections: ReadonlyArray<string>): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
${sections.join("\n")}
</body>
</html>
`
