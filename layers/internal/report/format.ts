/**
 * Whatever its size, the digits that matter.
 *
 * @internal
 */
export const number = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(Math.abs(value) < 1 ? 3 : 4))) : String(value)

/** @internal */
export const signed = (value: number): string => (value > 0 ? `+${number(value)}` : number(value).replace("-", "−"))

/** @internal */
export const dollars = (usd: number): string => `$${usd.toFixed(usd !== 0 && Math.abs(usd) < 0.1 ? 4 : 2)}`

/** @internal */
export const millis = (time: number): string => {
  if (time < 1000) return `${number(time)}\u00a0ms`
  if (time < 60_000) return `${(time / 1000).toFixed(1)}\u00a0s`
  const minutes = Math.floor(time / 60_000)
  return minutes < 60
    ? `${minutes} min ${Math.round((time % 60_000) / 1000)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** @internal */
export const count = (value: number): string => value.toLocaleString("en")

/** @internal */
export const of = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? "" : "s"}`
