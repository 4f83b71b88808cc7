/**
 * A picture that scales with the page.
 *
 * @internal
 */
export const picture = (width: number, height: number, label: string, parts: ReadonlyArray<string>): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${parts.join("")}</svg>`

/** @internal */
export const number = (value: number): string => String(Math.round(value * 1000) / 1000)

/** @internal */
export const square = (column: number, row: number, fill: string): string =>
  `<rect x="${column + 0.03}" y="${row + 0.03}" width="0.94" height="0.94" rx="0.1" fill="${fill}"/>`

/** @internal */
export const disc = (column: number, row: number, radius: number, fill: string): string =>
  `<circle cx="${column + 0.5}" cy="${row + 0.5}" r="${radius}" fill="${fill}"/>`
