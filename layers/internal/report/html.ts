/**
 * A piece of a page. What is put into one is text, unless it is such a piece itself.
 *
 * @internal
 */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** @internal */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`)

type Part = string | number | Html | undefined | ReadonlyArray<Html | undefined>

const textOf = (part: Part): string => {
  if (part === undefined) return ""
  if (part instanceof Html) return part.text
  return typeof part === "object" ? part.map(textOf).join("") : escape(String(part))
}

/** @internal */
export const html = (strings: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Html =>
  new Html(strings.reduce((text, string, k) => text + textOf(parts[k - 1]) + string))

/**
 * The first so many, and how many there are more.
 *
 * @internal
 */
export const atMost = <A>(count: number, items: ReadonlyArray<A>): readonly [ReadonlyArray<A>, number] => [
  items.slice(0, count),
  Math.max(0, items.length - count)
]

/**
 * A text of at most so many characters.
 *
 * @internal
 */
export const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text

/**
 * A table, without the columns that have nothing in them.
 *
 * @internal
 */
export const table = (
  caption: string,
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  more = 0
): Html => {
  const isUsed = columns.map((_, k) => rows.some((row) => row[k] !== ""))
  const used = (row: ReadonlyArray<string>) => row.filter((_, k) => isUsed[k])
  return html`<div class="scroll"><table><caption>${caption}${more === 0 ? "" : `; ${more} more are not shown`}</caption>
<thead><tr>${used(columns).map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${used(row).map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`
}
