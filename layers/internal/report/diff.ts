import { type Html, html } from "./html.js"

/**
 * A stretch of a text: in both versions, in the first alone or in the second alone.
 *
 * @internal
 */
export interface Stretch {
  readonly kind: "kept" | "removed" | "added"
  readonly text: string
}

/** Cells of the table beyond which the middle is told as a whole: removed, then added. */
const CELLS = 1_000_000

const words = (text: string): ReadonlyArray<string> => text.match(/\s*\S+|\s+$/g) ?? []

/** Lengths of the longest common subsequences of what is left of both, from every pair of positions on. */
const lengths = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<Uint32Array> => {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1))
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      table[i][j] = before[i] === after[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1])
    }
  }
  return table
}

const middle = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<Stretch> => {
  const whole: ReadonlyArray<Stretch> = [
    { kind: "removed", text: before.join("") },
    { kind: "added", text: after.join("") }
  ]
  if (before.length * after.length > CELLS) return whole
  const table = lengths(before, after)
  const stretches: Array<Stretch> = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      stretches.push({ kind: "kept", text: before[i++] })
      j++
    } else if (j >= after.length || (i < before.length && table[i + 1][j] >= table[i][j + 1])) {
      stretches.push({ kind: "removed", text: before[i++] })
    } else stretches.push({ kind: "added", text: after[j++] })
  }
  return stretches
}

const joined = (stretches: ReadonlyArray<Stretch>): ReadonlyArray<Stretch> =>
  stretches.reduce<Array<Stretch>>((all, stretch) => {
    const last = all.at(-1)
    if (stretch.text === "") return all
    if (last?.kind === stretch.kind) all[all.length - 1] = { ...last, text: last.text + stretch.text }
    else all.push(stretch)
    return all
  }, [])

/**
 * What became of a text, word by word: a longest common subsequence of both is kept.
 *
 * @internal
 */
export const diff = (before: string, after: string): ReadonlyArray<Stretch> => {
  const [a, b] = [words(before), words(after)]
  const least = Math.min(a.length, b.length)
  let head = 0
  while (head < least && a[head] === b[head]) head++
  let tail = 0
  while (tail < least - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  return joined([
    { kind: "kept", text: a.slice(0, head).join("") },
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    { kind: "kept", text: a.slice(a.length - tail).join("") }
  ])
}

/** @internal */
export const marked = (before: string, after: string): Html =>
  html`<pre>${diff(before, after).map(({ kind, text }) =>
    kind === "kept" ? html`${text}` : kind === "added" ? html`<ins>${text}</ins>` : html`<del>${text}</del>`
  )}</pre>`
