import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import { intents } from "../../examples/intents.js"
import { OptimizerError } from "../../services/Optimizer.js"
import { runExample } from "../utils/example.js"

/** Every text means the same: which model writes the descriptions does not depend on the encoder. */
vi.mock("@energetic-ai/embeddings", () => ({
  initModel: async () => ({ embed: async () => [Array.from({ length: 512 }, () => 1)] })
}))

describe("intents", () => {
  it.live(
    "fails with a typed error when there is no such provider",
    () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.asVoid(runExample(intents, { seed: 1, model: "nowhere/model" })))
        assert.instanceOf(error, OptimizerError)
        assert.match((error as OptimizerError).message, /there is no provider nowhere.*use one of openai/)
      }),
    60_000
  )
})
