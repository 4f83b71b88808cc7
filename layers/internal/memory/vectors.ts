import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { EmbedderService } from "../../../services/Embedder.js"
import { LLMError } from "../../../services/LLM.js"
import { firstKey, lastKey, type Tenant } from "./tenants.js"

/** Vectors that are read at a time; others get their turn in between. */
const PAGE = 2000

const isSound = (vector: Float32Array | undefined, dimensions: number): vector is Float32Array =>
  vector?.length === dimensions && vector.every(Number.isFinite)

/**
 * A vector, and the model that it is of.
 *
 * @internal
 */
export interface Vector {
  readonly model: string
  readonly values: Float32Array
}

const embedded = (
  embedder: EmbedderService,
  texts: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Vector | undefined>, LLMError> =>
  Effect.gen(function* () {
    const { dimensions, model } = embedder
    const vectors = yield* embedder.embed(texts)
    const sound = texts.map((_, k) => (isSound(vectors[k], dimensions) ? { model, values: vectors[k] } : undefined))
    if (sound.includes(undefined)) yield* Effect.logWarning(`${model} gave what is no vector of ${dimensions} numbers`)
    return sound
  })

/**
 * A vector a text, or none where there is no embedder, or it has none that can be used: what is remembered is found by its
 * words all the same, and a warning says so.
 *
 * @internal
 */
export const of = (
  embedder: EmbedderService | undefined,
  texts: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Vector | undefined>> =>
  embedder === undefined || texts.length === 0
    ? Effect.succeed(texts.map(() => undefined))
    : Effect.catchAllCause(embedded(embedder, texts), (cause) =>
        Cause.isInterrupted(cause)
          ? Effect.interrupt
          : Effect.as(
              Effect.logWarning(`${embedder.model} could not embed: memories are found by their words alone`, cause),
              texts.map(() => undefined)
            )
      )

/** How long somebody waits who asks. */
const PATIENCE = Duration.seconds(5)

const inTime = (embedder: EmbedderService): EmbedderService => ({
  ...embedder,
  embed: (texts) =>
    Effect.timeoutFail(
      Effect.suspend(() => embedder.embed(texts)),
      {
        duration: PATIENCE,
        onTimeout: () =>
          new LLMError({
            reason: "TimedOut",
            model: embedder.model,
            detail: `a question took longer than ${Duration.format(PATIENCE)} to embed`,
            cure: "Use an embedder that is faster, or nearer"
          })
      }
    )
})

/**
 * As {@link of}, for a question, which is answered by its words alone when its vector takes too long.
 *
 * @internal
 */
export const ofQuestion = (
  embedder: EmbedderService | undefined,
  question: string
): Effect.Effect<Vector | undefined> =>
  Effect.map(of(embedder === undefined ? undefined : inTime(embedder), [question]), ([vector]) => vector)

/** @internal */
export const blobOf = ({ values }: Vector): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

const cosine = (query: Float32Array, blob: Uint8Array): number => {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  let sum = 0
  for (let k = 0; k < query.length; k++) sum += query[k]! * view.getFloat32(4 * k, true)
  return sum
}

/**
 * The cosine with every entry of the tenant, by its number, that has a vector of the model.
 *
 * @internal
 */
export const similarities = (
  sql: SqlClient,
  tenant: Tenant,
  filter: Fragment,
  query: Vector
): Effect.Effect<ReadonlyMap<number, number>, SqlError> =>
  Effect.gen(function* () {
    const found = new Map<number, number>()
    let after = firstKey(tenant) - 1
    while (true) {
      const rows = yield* sql<{ readonly entry: number | string; readonly vector: Uint8Array }>`
        SELECT v.entry, v.vector FROM hyperfunc_vectors AS v JOIN hyperfunc_entries AS e ON e.key = v.entry
        WHERE v.entry > ${after} AND v.entry <= ${lastKey(tenant)} AND v.model = ${query.model} AND ${filter}
        ORDER BY v.entry LIMIT ${PAGE}`
      for (const { entry, vector } of rows) {
        if (vector.byteLength === 4 * query.values.length)
          found.set(Number(entry) - firstKey(tenant), cosine(query.values, vector))
      }
      if (rows.length < PAGE) return found
      after = Number(rows[rows.length - 1]!.entry)
      yield* Effect.yieldNow()
    }
  })
