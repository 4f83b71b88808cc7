import * as Noise from "../../Noise.js"

/**
 * `count` uniforms in [0, 1) of the stream that a seed and a name address, from number `start` on.
 *
 * @internal
 */
export const uniforms = (seed: number, stream: number, count: number, start = 0): Float32Array => {
  const drawn = new Float32Array(count)
  Noise.uniforms({ seed, generation: 0, pair: 0, block: stream }, drawn, 0, count, start)
  return drawn
}

/**
 * The numbers 0 … count - 1 in an order that the seed decides (Fisher-Yates).
 *
 * @internal
 */
export const shuffled = (seed: number, stream: number, count: number): ReadonlyArray<number> => {
  const drawn = uniforms(seed, stream, count)
  const order = Array.from({ length: count }, (_, k) => k)
  for (let k = count - 1; k > 0; k--) {
    const other = Math.floor(drawn[k] * (k + 1))
    const kept = order[k]
    order[k] = order[other]
    order[other] = kept
  }
  return order
}
