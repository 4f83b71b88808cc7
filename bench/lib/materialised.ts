import { setThreadsCount } from "@tensorflow/tfjs-backend-wasm"
import * as tf from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import { Candidate, Tensor } from "../../src/index.js"
import type * as Net from "./net.js"

/**
 * The materialised form, which a vectorising map gives: every candidate's matrices side by side in one tensor
 * `[candidates, out, in]`, and batched products, on tfjs's WebAssembly backend. Gives the mean log-likelihood of each
 * candidate.
 */
export const materialised = (
  net: Net.Network,
  inputs: Float32Array,
  labels: Float32Array,
  rows: number,
  classes: number
) => {
  const width = inputs.length / rows
  return (candidates: ReadonlyArray<Candidate>) =>
    Effect.sync(() =>
      tf.tidy(() => {
        const stacked = [net.first, net.second].map((layer) => {
          const weights = candidates.map((candidate) => Candidate.get(candidate, layer).weight)
          const [out, inner] = weights[0].shape
          const data = new Float32Array(candidates.length * out * inner)
          weights.forEach((weight, k) => data.set(Tensor.toTypedArray(weight), k * out * inner))
          return tf.tensor3d(data, [candidates.length, out, inner])
        })
        const x = tf.tile(tf.tensor3d(inputs, [1, rows, width]), [candidates.length, 1, 1])
        const hidden = tf.relu(tf.matMul(x, stacked[0], false, true))
        const output = tf.logSoftmax(tf.matMul(hidden, stacked[1], false, true))
        const likelihood = tf.sum(tf.mul(output, tf.tensor3d(labels, [1, rows, classes])), -1)
        return tf.mean(likelihood, -1).dataSync().slice()
      })
    )
}

/** tfjs on its WebAssembly backend with SIMD, one thread. */
export const ready = Effect.promise(async () => {
  setThreadsCount(1)
  await tf.setBackend("wasm")
  await tf.ready()
})
