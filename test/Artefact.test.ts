import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as FastCheck from "effect/FastCheck"
import { pipe } from "effect/Function"
import * as Schema from "effect/Schema"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as Artefact from "../src/Artefact.js"
import * as Candidate from "../src/Candidate.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as Node from "../src/internal/node.js"
import * as Safetensors from "../src/internal/safetensors.js"
import { LMParams } from "../src/LMParams.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Metric from "../src/Metric.js"
import type { ParamSpace } from "../src/ParamSpace.js"
import * as Params from "../src/Params.js"
import { ParamsError } from "../src/ParamsError.js"
import * as Tensor from "../src/Tensor.js"
import * as Text from "../src/Text.js"

const holder = <P>(params: ParamSpace<P>, name = "block") =>
  Hyperfunction.make(name, { params, run: (params) => Effect.succeed(params) })

const holding = (...hyperfunctions: ReadonlyArray<Hyperfunction.Hyperfunction.Any>) =>
  HyperSystem.make("desk", { run: (input: number) => Effect.succeed(input), hyperfunctions })

const tunedTo = <P>(params: ParamSpace<P>, value: P, name = "block") => {
  const hyperfunction = holder(params, name)
  const candidate = Candidate.set(Candidate.defaults({ seed: 7 }), hyperfunction, value)
  const untuned = holding(hyperfunction)
  return { hyperfunction, untuned, system: HyperSystem.withCandidate(untuned, candidate) }
}

/** Values to compare to the bit. */
const bits = (value: unknown): unknown => {
  if (Tensor.isTensor(value))
    return { shape: value.shape, bits: [...new Int32Array(Tensor.toTypedArray(value).buffer)] }
  if (Object.is(value, -0)) return "-0"
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bits(inner)]))
}

const matrix = (outDim: number, inDim: number) => LoRAWeight.create({ outDim, inDim, noiseRank: 1 })

const router = Params.struct({
  threshold: Params.bounded({ min: 0, max: 1, default: 0.5 }),
  model: Params.category(["fast", "good"]),
  instruction: Params.text("Classify {ticket}."),
  layers: Params.struct({ first: matrix(2, 3), bias: Params.vector(2) })
})

const routerParams = router.assemble([
  0.25,
  "good",
  'Say "{ticket}"\nin one word.',
  Tensor.from([
    [1, 2, 3],
    [4, 5, 6]
  ]),
  Tensor.from([-0, 0.1])
])

const refusal = (system: HyperSystem.HyperSystem<number, number, never, never>, artefact: Artefact.Artefact) =>
  Effect.map(Effect.flip(Artefact.decode(system, artefact)), (error) => {
    assert.instanceOf(error, Artefact.ArtefactError)
    assert.isBelow(error.message.length, 400)
    return error
  })

describe("Artefact", () => {
  it.effect("is JSON that can be reviewed, and weights in the safetensors format", () =>
    Effect.gen(function* () {
      const answer = holder(LMParams.space, "answer")
      const routed = holder(router, "router")
      const candidate = pipe(
        Candidate.defaults({ seed: 7 }),
        Candidate.set(routed, routerParams),
        Candidate.set(answer, new LMParams({ temperature: 0.1, maxTokens: 64, stop: ["\n", "END"], seed: 3 }))
      )
      const { json, weights } = yield* Artefact.encode(HyperSystem.withCandidate(holding(routed, answer), candidate))
      assert.strictEqual(
        json.replace(/[0-9a-f]{64}/, "DIGEST"),
        String.raw`{
  "format": "hyperfunc/artefact",
  "version": 1,
  "system": "desk",
  "seed": 7,
  "weights": {
    "sha256": "DIGEST"
  },
  "hyperfunctions": {
    "answer": {
      "temperature": 0.1,
      "topP": 1,
      "presencePenalty": 0,
      "frequencyPenalty": 0,
      "maxTokensFraction": 0.25,
      "maxTokens": 64,
      "stop": ["\n", "END"],
      "seed": 3
    },
    "router": {
      "threshold": 0.25,
      "model": "good",
      "instruction": "Say \"{ticket}\"\nin one word.",
      "layers": {
        "first": {
          "tensor": "router.layers.first",
          "shape": [2, 3]
        },
        "bias": {
          "tensor": "router.layers.bias",
          "shape": [2]
        }
      }
    }
  }
}
`
      )
      const tensors = Either.getOrThrow(Safetensors.read(weights))
      assert.deepStrictEqual([...tensors.keys()], ["router.layers.bias", "router.layers.first"])
      assert.deepStrictEqual(tensors.get("router.layers.first"), {
        shape: [2, 3],
        data: Float32Array.of(1, 2, 3, 4, 5, 6)
      })
    })
  )

  it("gives back the very same parameters, and encodes them to the very same bytes", async () => {
    const float = FastCheck.float({ noNaN: true, noDefaultInfinity: true })
    const double = FastCheck.double({ noNaN: true, noDefaultInfinity: true })
    const side = FastCheck.integer({ min: 1, max: 4 })
    const leaf = (space: ParamSpace.Any, value: unknown) => ({ space, value })
    const any: FastCheck.Arbitrary<{ readonly space: ParamSpace.Any; readonly value: unknown }> = FastCheck.oneof(
      double.map((value) => leaf(Params.unbounded({ default: 0 }), value)),
      FastCheck.double({ min: 0, max: 1, noNaN: true }).map((value) =>
        leaf(Params.bounded({ min: -1, max: 1, default: 0 }), value)
      ),
      FastCheck.constantFrom("a", "b", "ü").map((value) => leaf(Params.category(["a", "b", "ü"]), value)),
      FastCheck.fullUnicodeString().map((value) =>
        leaf(Params.text("{x}"), Text.make(`${value.replace(/[{}]/g, "$&$&")}{x}`))
      ),
      FastCheck.array(float, { minLength: 1, maxLength: 9 }).map((data) =>
        leaf(Params.vector(data.length), Tensor.from(data))
      ),
      FastCheck.tuple(side, side).chain(([out, inner]) =>
        FastCheck.array(float, { minLength: out * inner, maxLength: out * inner }).map((data) =>
          leaf(matrix(out, inner), matrix(out, inner).assemble([Tensor.fromTypedArray(data, [out, inner])]))
        )
      ),
      FastCheck.record(
        {
          temperature: FastCheck.double({ min: 0, max: 2, noNaN: true }),
          presencePenalty: FastCheck.double({ min: -2, max: 2, noNaN: true }),
          maxTokens: FastCheck.integer({ min: 1 }),
          stop: FastCheck.array(FastCheck.fullUnicodeString()),
          seed: FastCheck.integer()
        },
        { requiredKeys: [] }
      ).map((parts) => leaf(LMParams.space, new LMParams(parts)))
    )
    const key = FastCheck.string({ minLength: 1 }).filter((key) => !key.includes(".") && key !== "__proto__")
    const whole = FastCheck.oneof(
      any,
      FastCheck.dictionary(key, any).map((parts) => {
        const each = <A>(f: (part: { readonly space: ParamSpace.Any; readonly value: unknown }) => A) =>
          Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, f(part)]))
        return { space: Params.struct(each(({ space }) => space)), value: each(({ value }) => value) }
      })
    )
    await FastCheck.assert(
      FastCheck.asyncProperty(FastCheck.string(), whole, (name, { space, value }) =>
        Effect.gen(function* () {
          const { hyperfunction, system, untuned } = tunedTo(space, value, name)
          const artefact = yield* Artefact.encode(system)
          const loaded = yield* Artefact.decode(untuned, artefact)
          assert.deepStrictEqual(bits(Candidate.get(loaded.candidate!, hyperfunction)), bits(value))
          assert.strictEqual(loaded.candidate!.seed, 7)
          assert.deepStrictEqual(yield* Artefact.encode(loaded), artefact)
        }).pipe(Effect.runPromise)
      ),
      { numRuns: 300 }
    )
  })

  it.effect("keeps parameters that were never tuned, whatever becomes of their defaults", () =>
    Effect.gen(function* () {
      const before = holding(holder(Params.bounded({ min: 0, max: 1, default: 0.1 })), holder(matrix(2, 2), "weights"))
      const after = holding(holder(Params.bounded({ min: 0, max: 1, default: 0.9 })), holder(matrix(2, 2), "weights"))
      const candidate = Candidate.defaults({ seed: 5 })
      const loaded = yield* Artefact.decode(after, yield* Artefact.encode(HyperSystem.withCandidate(before, candidate)))
      const weights = holder(matrix(2, 2), "weights")
      assert.strictEqual(Candidate.get(loaded.candidate!, holder(Params.unbounded({ default: 0 }))), 0.1)
      assert.deepStrictEqual(bits(Candidate.get(loaded.candidate!, weights)), bits(Candidate.get(candidate, weights)))
    })
  )

  it.effect("leaves hyperfunctions that it says nothing of at their defaults", () =>
    Effect.gen(function* () {
      const { hyperfunction, system } = tunedTo(Params.unbounded({ default: 0 }), 3)
      const added = holder(Params.unbounded({ default: 8 }), "added")
      const loaded = yield* Artefact.decode(holding(hyperfunction, added), yield* Artefact.encode(system))
      assert.strictEqual(Candidate.get(loaded.candidate!, hyperfunction), 3)
      assert.strictEqual(Candidate.get(loaded.candidate!, added), 8)
    })
  )

  it.effect("encodes the weights of a member of a population as what they are", () =>
    Effect.gen(function* () {
      const space = matrix(1, 2)
      const weight = {
        base: Float32Array.of(1, 2),
        direction: { rank: 1, length: 3, fill: (out: Float32Array, at: number) => out.set([10, 20, 2], at) },
        scale: 0.5
      }
      const perturbed = Node.make([1, 2], { _tag: "Parameter", key: "block/0", weight })
      const { hyperfunction, system, untuned } = tunedTo(space, space.assemble([perturbed]))
      const loaded = yield* Artefact.decode(untuned, yield* Artefact.encode(system))
      assert.deepStrictEqual(Tensor.toArray(Candidate.get(loaded.candidate!, hyperfunction).weight), [[11, 22]])
    })
  )

  it.effect("names tensors apart, whatever hyperfunctions are called", () =>
    Effect.gen(function* () {
      const nested = holder(Params.struct({ b: Params.struct({ c: Params.vector(1) }) }), "a")
      const dotted = holder(Params.struct({ c: Params.vector(1) }), "a.b")
      const reserved = holder(Params.vector(1), "__metadata__")
      const all: ReadonlyArray<Hyperfunction.Hyperfunction.Any> = [
        nested,
        dotted,
        reserved,
        holder(Params.vector(1), "__proto__"),
        holder(Params.vector(1), "10")
      ]
      const system = HyperSystem.withCandidate(holding(...all), Candidate.defaults({ seed: 1 }))
      const artefact = yield* Artefact.encode(system)
      const loaded = yield* Artefact.decode(holding(...all), artefact)
      for (const hyperfunction of all) {
        assert.isTrue(loaded.candidate!.assignments.has(hyperfunction.definition.name))
        assert.deepStrictEqual(
          bits(Candidate.get(loaded.candidate!, hyperfunction)),
          bits(Candidate.get(system.candidate!, hyperfunction))
        )
      }
      assert.deepStrictEqual(yield* Artefact.encode(loaded), artefact)
    })
  )

  it.effect("takes data that looks like a reference for what it is", () =>
    Effect.gen(function* () {
      class Labelled extends Schema.Class<Labelled>("Labelled")({
        x: Schema.Finite.pipe(Params.annotations({ default: 0 })),
        label: Schema.optionalWith(Schema.Struct({ tensor: Schema.String, shape: Schema.Array(Schema.Number) }), {
          exact: true
        })
      }) {}
      const value = new Labelled({ x: 1, label: { tensor: "none", shape: [2] } })
      const { hyperfunction, system, untuned } = tunedTo(Params.fromSchema(Labelled), value)
      const loaded = yield* Artefact.decode(untuned, yield* Artefact.encode(system))
      assert.deepStrictEqual(Candidate.get(loaded.candidate!, hyperfunction), value)
    })
  )

  it.effect("encodes 4 MB of weights without writing them as text", () =>
    Effect.gen(function* () {
      const space = LoRAWeight.create({ outDim: 1024, inDim: 1024, initial: new Float32Array(1024 * 1024).fill(0.1) })
      const { system, untuned } = tunedTo(space, space.assemble(Params.defaults(space, { seed: 1, name: "block" })))
      const artefact = yield* Artefact.encode(system)
      assert.isBelow(artefact.json.length, 500)
      const loaded = yield* Artefact.decode(untuned, artefact)
      assert.deepStrictEqual(yield* Artefact.encode(loaded), artefact)
    })
  )

  it.effect("of a tuned system scores as the tuned system does", () =>
    Effect.gen(function* () {
      const build = (declared: boolean) => {
        const hidden = Hyperfunction.tensor("hidden", {
          params: LoRAWeight.create({ outDim: 4, inDim: 2 }),
          run: (weight, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight))
        })
        const output = Hyperfunction.tensor("output", {
          params: Params.struct({ weight: matrix(1, 4), bias: Params.unbounded({ default: 0 }) }),
          run: ({ bias, weight }, x: Tensor.Tensor) => Tensor.add(Tensor.linear(x, weight), bias)
        })
        return HyperSystem.make("xor", {
          run: (x: Tensor.Tensor) => Effect.flatMap(hidden(x), output),
          ...(declared ? { hyperfunctions: [hidden, output] } : {})
        })
      }
      const examples = [0, 1, 2, 3].map((k) => ({
        input: Tensor.from([k & 1, k >> 1]),
        expected: Tensor.from([(k & 1) ^ (k >> 1)])
      }))
      const metric = Metric.perExample((output: Tensor.Tensor, expected: Tensor.Tensor) => {
        const error = Tensor.sub(output, expected)
        return Tensor.sum(Tensor.mul(Tensor.mul(error, error), Tensor.from(-1)))
      })
      const { after, before, system } = yield* HyperSystem.optimize(build(false), examples, metric)
      assert.isAbove(after, before)
      const loaded = yield* Artefact.decode(build(true), yield* Artefact.encode(system))
      const tuned = yield* HyperSystem.evaluate(system, examples, metric)
      const again = yield* HyperSystem.evaluate(loaded, examples, metric)
      assert.strictEqual(again.score, tuned.score)
      assert.deepStrictEqual(bits(yield* Effect.all(again.outputs)), bits(yield* Effect.all(tuned.outputs)))
    }).pipe(
      Effect.provide([
        OptimizerEvolution.layer({ generations: 8, population: 16, sigma: 0.1, learningRate: 0.1, seed: 1 }),
        DeviceWasm.layer
      ])
    )
  )

  describe("refuses", () => {
    const fixture = Effect.suspend(() => {
      const { system, untuned } = tunedTo(router, routerParams)
      return Effect.map(Artefact.encode(system), (artefact) => ({ artefact, untuned }))
    })

    it.effect("to encode a system that was not tuned", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Artefact.encode(holding()))
        assert.strictEqual(error.reason, "NotTuned")
        assert.strictEqual(
          error.message,
          "desk: it has no parameters of its own to save. " +
            "Save what HyperSystem.optimize or HyperSystem.withCandidate returns"
        )
      })
    )

    it.effect("names that the system does not declare, both ways, and says how to", () =>
      Effect.gen(function* () {
        const { artefact } = yield* fixture
        const { system } = tunedTo(Params.unbounded({ default: 0 }), 1, "other")
        const undeclared = HyperSystem.withCandidate(holding(), system.candidate!)
        for (const error of [yield* refusal(holding(), artefact), yield* Effect.flip(Artefact.encode(undeclared))]) {
          assert.strictEqual(error.reason, "UnknownHyperfunction")
          assert.include(error.cure, 'HyperSystem.make("desk", { run, hyperfunctions: [...] })')
        }
      })
    )

    it.effect("two hyperfunctions of one name, both ways", () =>
      Effect.gen(function* () {
        const { artefact } = yield* fixture
        const twice = holding(holder(router), holder(router))
        const tuned = HyperSystem.withCandidate(twice, Candidate.defaults())
        assert.strictEqual((yield* refusal(twice, artefact)).reason, "DuplicateName")
        assert.strictEqual((yield* Effect.flip(Artefact.encode(tuned))).reason, "DuplicateName")
      })
    )

    it.effect("to encode values outside their space, what JSON cannot hold, and a seed that is no number", () =>
      Effect.gen(function* () {
        const space = matrix(512, 512)
        const data = new Float32Array(512 * 512)
        data[70_000] = NaN
        const values = [Tensor.fromTypedArray(data, [512, 512])]
        const spoilt = HyperSystem.withCandidate(
          holding(holder(space)),
          Candidate.unsafeMake(1, new Map([["block", { values }]]))
        )
        const error = yield* Effect.flip(Artefact.encode(spoilt))
        assert.strictEqual(error.reason, "Invalid")
        assert.include(error.message, "desk: block: expected finite [512, 512], got NaN at index 70000. ")
        assert.instanceOf(error.cause, ParamsError)

        class Big extends Schema.Class<Big>("Big")({
          x: Schema.Finite.pipe(Params.annotations({ default: 0 })),
          big: Schema.optional(Schema.BigIntFromSelf)
        }) {}
        const big = tunedTo(Params.fromSchema(Big), new Big({ x: 1, big: 2n }))
        const unwritable = yield* Effect.flip(Artefact.encode(big.system))
        assert.strictEqual(unwritable.detail, "block.big: expected what JSON can hold, got 2")

        const seedless = HyperSystem.withCandidate(holding(), Candidate.defaults({ seed: NaN }))
        assert.strictEqual((yield* Effect.flip(Artefact.encode(seedless))).reason, "Invalid")
      })
    )

    it.effect("text that is not a saved system", () =>
      Effect.gen(function* () {
        const { artefact, untuned } = yield* fixture
        for (const json of ["", "{", "null", "[]", "7", "{}", '{"format":"other"}', artefact.json.slice(0, -20)]) {
          assert.strictEqual((yield* refusal(untuned, { ...artefact, json })).reason, "Unreadable")
        }
      })
    )

    it.effect("a newer version of the format", () =>
      Effect.gen(function* () {
        const { artefact, untuned } = yield* fixture
        const json = artefact.json.replace('"version": 1', '"version": 2')
        const error = yield* refusal(untuned, { ...artefact, json })
        assert.strictEqual(error.reason, "NewerVersion")
        assert.strictEqual(error.message, "desk: it has version 2 of the format, and 1 is known. Update hyperfunc")
      })
    )

    it.effect("another system's artefact", () =>
      Effect.gen(function* () {
        const { artefact } = yield* fixture
        const other = HyperSystem.make("kitchen", { run: Effect.succeed<number>, hyperfunctions: [holder(router)] })
        const error = yield* refusal(other, artefact)
        assert.strictEqual(error.reason, "WrongSystem")
        assert.include(error.message, 'these are parameters of "desk", and the system is called "kitchen"')
      })
    )

    it.effect("JSON with a part missing or of another kind, and says which", () =>
      Effect.gen(function* () {
        const { artefact, untuned } = yield* fixture
        const { hyperfunctions, seed, system, version, weights } = JSON.parse(artefact.json)
        const format = "hyperfunc/artefact"
        const damaged: ReadonlyArray<readonly [string, object]> = [
          ["version", { format, system, seed, weights, hyperfunctions }],
          ["version", { format, version: 0, system, seed, weights, hyperfunctions }],
          ["system", { format, version, system: 1, seed, weights, hyperfunctions }],
          ["seed", { format, version, system, seed: "7", weights, hyperfunctions }],
          ["weights.sha256", { format, version, system, seed, weights: {}, hyperfunctions }],
          ["hyperfunctions", { format, version, system, seed, weights, hyperfunctions: [] }]
        ]
        for (const [part, document] of damaged) {
          const error = yield* refusal(untuned, { ...artefact, json: JSON.stringify(document) })
          assert.strictEqual(error.reason, "Corrupt")
          assert.include(error.detail, `"${part}"`)
        }
      })
    )

    it.effect("weights that were cut, damaged, or saved with other JSON", () =>
      Effect.gen(function* () {
        const { artefact, untuned } = yield* fixture
        for (let length = 0; length < artefact.weights.length; length++) {
          const error = yield* refusal(untuned, { ...artefact, weights: artefact.weights.slice(0, length) })
          assert.strictEqual(error.reason, "Corrupt")
        }
        for (let at = 0; at < artefact.weights.length; at++) {
          const weights = artefact.weights.slice()
          weights[at] ^= 1
          const error = yield* refusal(untuned, { ...artefact, weights })
          assert.oneOf(error.reason, ["Corrupt", "Mismatch"])
        }
        const other = yield* Artefact.encode(tunedTo(router, { ...routerParams, threshold: 0.75 }).system)
        assert.deepStrictEqual(other.weights, artefact.weights)
        const layers = { ...routerParams.layers, bias: Tensor.from([1, 1]) }
        const { weights } = yield* Artefact.encode(tunedTo(router, { ...routerParams, layers }).system)
        const error = yield* refusal(untuned, { ...artefact, weights })
        assert.strictEqual(error.reason, "Mismatch")
        assert.strictEqual(
          error.message,
          "desk: the weights are not the ones that were saved with the JSON. " +
            "Take both files from the same save, or save again"
        )
      })
    )

    it.effect("references to weights that are not there, or have another shape", () =>
      Effect.gen(function* () {
        const { artefact, untuned } = yield* fixture
        const missing = artefact.json.replace('"block.layers.bias"', '"gone"')
        const reshaped = artefact.json.replace("[2, 3]", "[3, 2]")
        const first = yield* refusal(untuned, { ...artefact, json: missing })
        const second = yield* refusal(untuned, { ...artefact, json: reshaped })
        assert.deepStrictEqual([first.reason, second.reason], ["Corrupt", "Corrupt"])
        assert.strictEqual(first.detail, 'block.layers.bias: tensor "gone" is not in the weights')
        assert.strictEqual(
          second.detail,
          'block.layers.first: tensor "block.layers.first" is [3, 2] in the JSON and [2, 3] in the weights'
        )
      })
    )

    it.effect("edited parameters outside their space, and names the block", () =>
      Effect.gen(function* () {
        const { artefact, untuned } = yield* fixture
        const edits = [
          ["0.25", "1.5", "block.threshold: expected a number from 0 to 1, got 1.5"],
          ['"good"', '"best"', 'block.model: expected one of "fast", "good", got "best"'],
          ["{ticket}", "{card}", "block.instruction: expected a template with {ticket}, got"],
          ['"threshold": 0.25,', "", "block.threshold"],
          ['"threshold"', '"limit": 1, "threshold"', "block.limit"]
        ] as const
        for (const [from, to, detail] of edits) {
          assert.include(artefact.json, from)
          const error = yield* refusal(untuned, { ...artefact, json: artefact.json.replace(from, to) })
          assert.strictEqual(error.reason, "Invalid")
          assert.include(error.detail, detail)
        }
      })
    )

    it.effect("a matrix of another shape than is declared, without printing it", () =>
      Effect.gen(function* () {
        const space = matrix(512, 512)
        const params = space.assemble(Params.defaults(space, { seed: 1, name: "block" }))
        const artefact = yield* Artefact.encode(tunedTo(space, params).system)
        const error = yield* refusal(holding(holder(matrix(512, 513))), artefact)
        assert.strictEqual(error.reason, "Invalid")
        assert.include(error.message, "block: expected weights of [512, 513], got [512, 512]")
        assert.isBelow(JSON.stringify(error).length, 1000)
      })
    )
  })
})

describe("safetensors", () => {
  const tensors = new Map<string, Safetensors.Stored>([
    ["router.bias", { shape: [3], data: Float32Array.of(1, -2, 0.5) }],
    ["hidden", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
    ["é", { shape: [1], data: Float32Array.of(-0) }]
  ])

  const written =
    "6AAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJoeXBlcmZ1bmMvYXJ0ZWZhY3QifSwiaGlkZGVuIjp7ImR0eXBlIjoiRjMyIiwic2hh" +
    "cGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOlswLDE2XX0sInJvdXRlci5iaWFzIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlszXSwiZGF0YV9vZmZz" +
    "ZXRzIjpbMTYsMjhdfSwiw6kiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOlsyOCwzMl19fSAgAACAPwAAAEAAAEBA" +
    "AACAQAAAgD8AAADAAAAAPwAAAIA="

  const fileOf = (header: string, data: number): Uint8Array => {
    const bytes = new Uint8Array(8 + header.length + data)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
    bytes.set(new TextEncoder().encode(header), 8)
    return bytes
  }

  it("writes byte for byte what safetensors 0.8.0 of Hugging Face writes, and reads it", () => {
    const bytes = Safetensors.write(tensors, { format: "hyperfunc/artefact" })
    assert.strictEqual(Encoding.encodeBase64(bytes), written)
    const odd = new Uint8Array(bytes.length + 1)
    odd.set(bytes, 1)
    const read = Either.getOrThrow(Safetensors.read(odd.subarray(1)))
    assert.deepStrictEqual([...read].sort(), [...tensors].sort())
  })

  it("writes a file without tensors", () => {
    const bytes = Safetensors.write(new Map(), { format: "x" })
    assert.strictEqual(new TextDecoder().decode(bytes.subarray(8)), '{"__metadata__":{"format":"x"}} ')
    assert.strictEqual(Either.getOrThrow(Safetensors.read(bytes)).size, 0)
  })

  it("refuses any file that does not keep to the format, and says why", () => {
    const entry = (start: number, end: number, dtype = "F32", shape = "[1]") =>
      `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${start},${end}]}`
    const long = new Uint8Array(8)
    new DataView(long.buffer).setBigUint64(0, 2n ** 63n, true)
    const files: ReadonlyArray<readonly [Uint8Array, string]> = [
      [new Uint8Array(7), "it ends after 7 bytes"],
      [long, "does not fit"],
      [fileOf("{", 0), "its header is not JSON"],
      [fileOf("[]", 0), "its header is not JSON"],
      [fileOf('{"a":1}', 0), 'tensor "a" has no description'],
      [fileOf(`{"a":${entry(0, 2, "F16")}}`, 2), 'tensor "a" has elements of type "F16" where "F32" is expected'],
      [fileOf(`{"a":${entry(0, 4, "F32", "[-1]")}}`, 4), 'tensor "a" has the shape [-1]'],
      [fileOf(`{"a":${entry(0, 4, "F32", "[1e300, 1e300]")}}`, 4), 'tensor "a" has the shape'],
      [fileOf(`{"a":${entry(0, 4, "F32", "[2]")}}`, 4), 'tensor "a" has 4 bytes for the shape [2]'],
      [fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 4), 'tensor "a" has no place in the file'],
      [fileOf(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4), 'tensor "b" overlaps another, or leaves a gap'],
      [fileOf(`{"a":${entry(4, 8)}}`, 8), 'tensor "a" overlaps another, or leaves a gap'],
      [fileOf(`{"a":${entry(0, 4)}}`, 3), 'it is cut short inside tensor "a"'],
      [fileOf(`{"a":${entry(0, 4)}}`, 5), "1 bytes follow its last tensor"]
    ]
    for (const [bytes, why] of files) {
      const fault = Either.getOrThrow(Either.flip(Safetensors.read(bytes)))
      assert.include(fault, why)
      assert.isBelow(fault.length, 200)
    }
  })
})
