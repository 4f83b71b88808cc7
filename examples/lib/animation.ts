/** Seconds that the last frame stays before it begins anew. */
const REST = 2

const viewBoxOf = (frame: string): string => /viewBox="([^"]*)"/.exec(frame)?.[1] ?? "0 0 1 1"

/**
 * Frames, SVG each, as one SVG that shows them in turn without a script; who asks for less motion sees the last one.
 *
 * - `id`: one of the page's own
 * - `interval`: seconds of a frame
 */
export const animation = (
  frames: ReadonlyArray<string>,
  { id, interval, label }: { readonly id: string; readonly interval: number; readonly label: string }
): string => {
  const total = frames.length * interval + REST
  const share = (seconds: number): string => ((100 * seconds) / total).toFixed(4)
  const shownFor = (name: string, seconds: number): string =>
    `@keyframes ${name} { 0% { visibility: visible } ${share(seconds)}% { visibility: hidden } 100% { visibility: hidden } }`
  const style = [
    shownFor(id, interval),
    shownFor(`${id}-last`, interval + REST),
    `.${id} { visibility: hidden; animation: ${id} ${total.toFixed(3)}s step-end infinite }`,
    `.${id}:last-child { animation-name: ${id}-last }`,
    `@media (prefers-reduced-motion: reduce) { .${id} { animation: none } .${id}:last-child { visibility: visible } }`
  ]
  const shown = frames.map(
    (frame, k) => `<g class="${id}" style="animation-delay:${(k * interval).toFixed(3)}s">${frame}</g>`
  )
  return `<svg viewBox="${viewBoxOf(frames[0])}" role="img" aria-label="${label}"><style>${style.join("\n")}</style>${shown.join("")}</svg>`
}
