/**
 * Mirrors `tests/test_core.py` of the Python library.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { LMParams } from "../../src/LMParams.js"
import * as Params from "../../src/Params.js"

describe("test_core", () => {
  it.effect("lmparam_roundtrip: five coordinates, the temperature first, there and back", () =>
    Effect.gen(function* () {
      const params = new LMParams({ temperature: 0.5 })
      const vector = Params.toVector(LMParams.space, params)
      assert.strictEqual(vector.length, 5)
      assert.strictEqual(vector[0], 0.5)
      const back = yield* Params.fromVector(LMParams.space, vector, new LMParams())
      assert.closeTo(back.temperature, 0.5, 1e-6)
      assert.closeTo(back.topP, params.topP, 1e-6)
      assert.deepStrictEqual(back, params)
    })
  )

  it.effect("hyperfunction_decorator: parameters and prompt can be reached, and given for one call", () =>
    Effect.gen(function* () {
      const answer = Hyperfunction.make("my_fn", {
        params: Params.struct({ lm: LMParams.space, prompt: Params.text("My prompt about {topic}") }),
        run: ({ lm, prompt }, x: string) => Effect.succeed(`${x}-${lm.temperature}: ${prompt.render({ topic: x })}`)
      })
      assert.isTrue(Hyperfunction.isHyperfunction(answer))
      assert.strictEqual(answer.name, "my_fn")
      assert.deepStrictEqual(
        answer.params.fields.map(({ path }) => path),
        ["lm.temperature", "lm.topP", "lm.presencePenalty", "lm.frequencyPenalty", "lm.maxTokensFraction", "prompt"]
      )
      const start = Candidate.get(Candidate.defaults(), answer)
      assert.strictEqual(start.prompt.template, "My prompt about {topic}")
      const explicit = Candidate.set(Candidate.defaults(), answer, { ...start, lm: new LMParams({ temperature: 0.9 }) })
      assert.strictEqual(yield* answer("hello"), "hello-0.7: My prompt about hello")
      assert.strictEqual(yield* Candidate.provide(answer("hello"), explicit), "hello-0.9: My prompt about hello")
    })
  )

  it.effect("system_wiring: a system finds its function, and calls it with the system's parameters", () =>
    Effect.gen(function* () {
      const fn1 = Hyperfunction.make("fn1", {
        params: LMParams.space,
        run: ({ temperature }, x: number) => Effect.succeed(x * temperature)
      })
      const system = HyperSystem.make("one", { run: (x: number) => fn1(x) })
      const evaluation = yield* HyperSystem.evaluate(system, [{ input: 10, expected: 7 }], ([output]) => output)
      assert.deepStrictEqual(evaluation.hyperfunctions, ["fn1"])
      assert.strictEqual(evaluation.score, 7)
      const hot = Candidate.set(Candidate.defaults(), fn1, new LMParams({ temperature: 2 }))
      assert.strictEqual(yield* HyperSystem.withCandidate(system, hot).run(10), 20)
      assert.strictEqual(yield* system.run(10), 7)
    })
  )
})
