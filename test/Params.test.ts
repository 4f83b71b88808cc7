import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { fromBlocks, searchBlocks } from "../src/internal/searchBlocks.js"
import { LMParams } from "../src/LMParams.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import type { FieldValue, ParamSpace } from "../src/ParamSpace.js"
import * as Params from "../src/Params.js"
import { ParamsError } from "../src/ParamsError.js"
import * as Tensor from "../src/Tensor.js"
import * as Text from "../src/Text.js"

const refusal = (make: () => unknown): ParamsError => {
  try {
    make()
  } catch (error) {
    if (error instanceof ParamsError) return error
  }
  return assert.fail("nothing was refused")
}

const startOf = <P>(space: ParamSpace<P>, name = "f"): P => space.assemble(Params.defaults(space, { seed: 1, name }))

const mixed = Params.struct({
  threshold: Params.bounded({ min: -0.25, max: 0.75, default: 0.3 }),
  rate: Params.bounded({ min: 1e-4, max: 10, default: 0.1, transform: "log" }),
  share: Params.bounded({ min: 2, max: 3, default: 2.5, transform: "logit" }),
  bias: Params.unbounded({ default: 0, scale: 3 }),
  model: Params.category(["small", "medium", "large"], { default: "medium" }),
  prompt: Params.text("Answer {question} as {role}."),
  head: Params.struct({
    weight: LoRAWeight.create({ outDim: 2, inDim: 3, noiseRank: 2 }),
    bias: Params.vector(2, { initial: [0.5, -0.5] })
  })
})

type Mixed = ParamSpace.Type<typeof mixed>

const anyFinite = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(1e300, -1e300))
const single = fc.float({ noNaN: true, noDefaultInfinity: true })

const mixedValues = fc.tuple(
  fc.double({ min: -0.25, max: 0.75, noNaN: true }),
  fc.double({ min: 1e-4, max: 10, noNaN: true }),
  fc.double({ min: 2, max: 3, noNaN: true }),
  fc.double({ min: -1e38, max: 1e38, noNaN: true }),
  fc.constantFrom("small", "medium", "large"),
  fc
    .tuple(fc.string(), fc.string())
    .map(([a, b]) => `${a.replaceAll(/[{}]/g, "")}{role}{question}${b.replaceAll(/[{}]/g, "{{")}`),
  fc.array(single, { minLength: 6, maxLength: 6 }).map((values) => Tensor.fromTypedArray(values, [2, 3])),
  fc.array(single, { minLength: 2, maxLength: 2 }).map((values) => Tensor.fromTypedArray(values))
)

const assertSame = (left: ReadonlyArray<FieldValue>, right: ReadonlyArray<FieldValue>, tolerance = 0) => {
  assert.strictEqual(left.length, right.length)
  for (const [k, a] of left.entries()) {
    const b = right[k]
    if (Tensor.isTensor(a) && Tensor.isTensor(b)) assert.isTrue(Tensor.equals(a, b))
    else if (typeof a === "number" && typeof b === "number") assert.isAtMost(Math.abs(a - b), tolerance)
    else assert.strictEqual(a, b)
  }
}

const assertInside = (params: Mixed) => {
  assert.isTrue(params.threshold >= -0.25 && params.threshold <= 0.75)
  assert.isTrue(params.rate >= 1e-4 && params.rate <= 10)
  assert.isTrue(params.share >= 2 && params.share <= 3)
  assert.isTrue(Number.isFinite(params.bias))
  assert.include(["small", "medium", "large"], params.model)
}

describe("Params", () => {
  describe("spaces", () => {
    it("list their fields with dotted paths in declared order", () => {
      assert.deepStrictEqual(
        mixed.fields.map((field) => [field._tag, field.path]),
        [
          ["Scalar", "threshold"],
          ["Scalar", "rate"],
          ["Scalar", "share"],
          ["Scalar", "bias"],
          ["Category", "model"],
          ["Text", "prompt"],
          ["Weight", "head.weight"],
          ["Weight", "head.bias"]
        ]
      )
    })

    it("of one field have an empty path and are the value itself", () => {
      const space = Params.bounded({ min: 0, max: 4, default: 1 })
      assert.deepStrictEqual(
        space.fields.map((field) => field.path),
        [""]
      )
      assert.strictEqual(startOf(space), 1)
      assert.deepStrictEqual(space.disassemble(3), [3])
    })

    it("without parameters are empty", () => {
      assert.deepStrictEqual(Params.none.fields, [])
      assert.deepStrictEqual(startOf(Params.none), {})
    })

    it("start at the declared defaults", () => {
      const start = startOf(mixed)
      assert.deepInclude(start, { threshold: 0.3, rate: 0.1, share: 2.5, bias: 0, model: "medium" })
      assert.strictEqual(start.prompt.template, "Answer {question} as {role}.")
      assert.deepStrictEqual(Tensor.toArray(start.head.bias), [0.5, -0.5])
      assert.strictEqual(startOf(Params.category(["a", "b"])), "a")
    })

    it("start vectors as normals of deviation √(2 / length)", () => {
      const data = Tensor.toTypedArray(startOf(Params.vector(4096)))
      const deviation = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length)
      assert.closeTo(deviation / Math.sqrt(2 / 4096), 1, 0.05)
    })

    it("step by half the range of the coordinate, or by one", () => {
      const scales = mixed.fields.flatMap((field) => (field._tag === "Scalar" ? [field.scale] : []))
      assert.deepStrictEqual(scales, [0.5, (Math.log(10) - Math.log(1e-4)) / 2, 1, 3])
      const open = Params.bounded({ min: 0, max: Infinity, default: 1, transform: "log" })
      assert.deepInclude(open.fields[0], { scale: 1 })
    })

    it("give tensor programs a scalar tensor for every number", () => {
      const space = Params.struct({
        gain: Params.unbounded({ default: 1 }),
        layer: LoRAWeight.create({ outDim: 1, inDim: 2, noiseRank: 1 })
      })
      const gain = Tensor.from(2)
      const matrix = Tensor.from([[1, 2]])
      const tensors = space.assembleTensors([gain, matrix])
      assert.strictEqual(tensors.gain, gain)
      assert.strictEqual(tensors.layer.weight, matrix)
      assert.strictEqual(tensors.layer.noiseRank, 1)
      assert.strictEqual(refusal(() => mixed.assembleTensors([])).reason, "InvalidSpace")
    })

    it("can start elsewhere", () => {
      const start = { ...startOf(mixed), threshold: 0.5, model: "large" as const }
      const moved = Params.withDefaults(mixed, start)
      assert.deepStrictEqual(startOf(moved), start)
      assert.strictEqual(startOf(Params.struct({ inner: moved })).inner.model, "large")
      const error = refusal(() => Params.withDefaults(mixed, { ...start, threshold: 9 }))
      assert.deepStrictEqual([error.reason, error.block], ["OutOfBounds", "threshold"])
    })

    it("refuse declarations that cannot be, and say why", () => {
      const box = { min: 0, max: 1, default: 0.5 }
      const refused: ReadonlyArray<readonly [ParamsError["reason"], () => unknown]> = [
        ["InvalidSpace", () => Params.bounded({ min: 2, max: 1, default: 1 })],
        ["InvalidSpace", () => Params.bounded({ min: NaN, max: 1, default: 1 })],
        ["OutOfBounds", () => Params.bounded({ ...box, default: 2 })],
        ["NotFinite", () => Params.unbounded({ default: NaN })],
        ["OutOfBounds", () => Params.bounded({ ...box, default: 1, transform: "logit" })],
        ["InvalidSpace", () => Params.bounded({ min: 0, max: Infinity, default: 1, transform: "logit" })],
        ["InvalidSpace", () => Params.bounded({ min: -1, max: 1, default: 1, transform: "log" })],
        ["OutOfBounds", () => Params.bounded({ min: 0, max: 1, default: 0, transform: "log" })],
        ["InvalidSpace", () => Params.bounded({ ...box, scale: 0 })],
        ["InvalidSpace", () => Params.category([])],
        ["InvalidSpace", () => Params.category(["a", "b", "a"])],
        ["UnknownChoice", () => Params.category(["a", "b"], { default: "c" as "a" })],
        ["Placeholders", () => Params.text("an unpaired { brace")],
        ["Placeholders", () => Params.text('JSON such as {"a": 1} needs doubled braces')],
        ["InvalidSpace", () => Params.vector(0)],
        ["WrongShape", () => Params.vector(3, { initial: [1, 2] })],
        ["NotFinite", () => Params.vector(2, { initial: [1, NaN] })],
        ["InvalidSpace", () => Params.struct({ "a.b": Params.vector(2) })]
      ]
      for (const [reason, make] of refused) {
        const error = refusal(make)
        assert.strictEqual(error.reason, reason, error.message)
        assert.include(error.message, error.expected)
        assert.include(error.message, error.actual)
      }
    })
  })

  describe("text", () => {
    const text = Text.make("{{json}} for {a}, {b} and {a}{{{b}}}")

    it("renders every placeholder in one pass", () => {
      assert.deepStrictEqual(text.placeholders, ["a", "b"])
      assert.strictEqual(text.render({ a: "{b}", b: "$& }}" }), "{json} for {b}, $& }} and {b}{$& }}}")
    })

    it("says which value is missing", () => {
      const error = refusal(() => text.render({ a: "x" } as never))
      assert.deepStrictEqual([error.reason, error.expected], ["Placeholders", "a value for {b}"])
    })

    it.effect("keeps its placeholders when it is decoded", () =>
      Effect.gen(function* () {
        const space = Params.text("Say hi to {name}, {title}")
        const decode = Params.decode(space, { name: "greet" })
        const changed = yield* decode("{title} {name}: hello")
        assert.strictEqual(changed.render({ name: "Ada", title: "Dr" }), "Dr Ada: hello")
        const dropped = yield* Effect.flip(decode("Hello {name} from {place}"))
        assert.deepStrictEqual([dropped.reason, dropped.block], ["Placeholders", "greet"])
        assert.strictEqual(dropped.expected, "a template with {name}, {title}")
        assert.strictEqual(dropped.actual, "a template that drops {title} and a template that invents {place}")
        const broken = yield* Effect.flip(decode("Hello {name} {title} }"))
        assert.include(broken.actual, "an unpaired } at character 21")
      })
    )
  })

  describe("vectors", () => {
    it("hold scalars by transform, a score per choice, weights by rows, no text", () => {
      const vector = Params.toVector(mixed, startOf(mixed))
      assert.deepStrictEqual(vector.slice(0, 7), [0.3, Math.log(0.1), 0, 0, 0, 1, 0])
      assert.deepStrictEqual(vector.slice(13), [0.5, -0.5])
    })

    it.effect.prop("decode to what they encode", { values: mixedValues }, ({ values }) =>
      Effect.gen(function* () {
        const params = mixed.assemble(values)
        const back = yield* Params.fromVector(mixed, Params.toVector(mixed, params), params)
        assert.strictEqual(back.threshold, params.threshold)
        assert.strictEqual(back.bias, params.bias)
        assertSame(mixed.disassemble(back), mixed.disassemble(params), 1e-12)
      })
    )

    it.effect("give bounds back exactly", () =>
      Effect.gen(function* () {
        const start = startOf(mixed)
        for (const [rate, share] of [
          [1e-4, 2],
          [10, 3]
        ] as const) {
          const back = yield* Params.fromVector(mixed, Params.toVector(mixed, { ...start, rate, share }), start)
          assert.deepStrictEqual([back.rate, back.share], [rate, share])
        }
        const open = Params.bounded({ min: 0, max: Infinity, default: 1, transform: "log" })
        assert.strictEqual(yield* Params.fromVector(open, Params.toVector(open, 0), 1), 0)
        assert.strictEqual(yield* Params.fromVector(open, [1e300], 1), Number.MAX_VALUE)
      })
    )

    it.effect.prop(
      "decode inside the box at any finite coordinates",
      { scalars: fc.array(anyFinite, { minLength: 7, maxLength: 7 }) },
      ({ scalars }) =>
        Effect.gen(function* () {
          const start = startOf(mixed)
          const tail = Params.toVector(mixed, start).slice(7)
          const params = yield* Params.fromVector(mixed, [...scalars, ...tail], start)
          assertInside(params)
          assert.strictEqual(params.prompt.template, start.prompt.template)
        })
    )

    it.effect.prop(
      "fail at NaN and infinities",
      {
        at: fc.nat({ max: 14 }),
        bad: fc.constantFrom(NaN, Infinity, -Infinity)
      },
      ({ at, bad }) =>
        Effect.gen(function* () {
          const start = startOf(mixed)
          const vector = Params.toVector(mixed, start).with(at, bad)
          const error = yield* Effect.flip(Params.fromVector(mixed, vector, start, { name: "f" }))
          assert.deepStrictEqual([error.reason, error.block], ["NotFinite", "f"])
          assert.strictEqual(error.actual, `${bad} at index ${at}`)
        })
    )

    it.effect("fail where a weight overflows a 32-bit float, and at another length", () =>
      Effect.gen(function* () {
        const start = startOf(mixed)
        const vector = Params.toVector(mixed, start)
        const overflow = yield* Effect.flip(Params.fromVector(mixed, vector.with(8, 1e300), start))
        assert.deepStrictEqual([overflow.reason, overflow.block], ["NotFinite", "head.weight"])
        const short = yield* Effect.flip(Params.fromVector(mixed, [1, 2], start))
        assert.deepStrictEqual(
          [short.reason, short.expected, short.actual],
          ["WrongShape", "15 finite coordinates", "2"]
        )
      })
    )

    it.effect("take the first of equal scores", () =>
      Effect.gen(function* () {
        const space = Params.category(["a", "b", "c"])
        assert.strictEqual(yield* Params.fromVector(space, [0, 2, 2], "a"), "b")
      })
    )
  })

  describe("JSON", () => {
    it.effect.prop("decodes to what it encodes, through text", { values: mixedValues }, ({ values }) =>
      Effect.gen(function* () {
        const json = JSON.parse(JSON.stringify(Params.encode(mixed)(mixed.assemble(values))))
        const back = yield* Params.decode(mixed)(json)
        assertSame(mixed.disassemble(back), values)
      })
    )

    it.effect("says what is wrong with each kind of field", () =>
      Effect.gen(function* () {
        const json = Params.encode(mixed)(startOf(mixed)) as { readonly head: { readonly weight: object } }
        const head = json.head
        const cases: ReadonlyArray<readonly [ParamsError["reason"], string, unknown]> = [
          ["OutOfBounds", "f.threshold", { ...json, threshold: 1 }],
          ["Undecodable", "f.threshold", { ...json, threshold: null }],
          ["UnknownChoice", "f.model", { ...json, model: "huge" }],
          ["Placeholders", "f.prompt", { ...json, prompt: "Answer {question}." }],
          ["WrongShape", "f.head.weight", { ...json, head: { ...head, weight: { ...head.weight, shape: [3, 2] } } }],
          ["WrongShape", "f.head.weight", { ...json, head: { ...head, weight: { shape: [2, 3], data: "AACAPw==" } } }],
          ["Undecodable", "f.head.weight", { ...json, head: { ...head, weight: { shape: [2, 3], data: "AACAP" } } }],
          ["Undecodable", "f.head.weight", { ...json, head: { ...head, weight: [1, 2] } }],
          ["NotFinite", "f.head.bias", { ...json, head: { ...head, bias: { shape: [2], data: "AADAfwAAAAA=" } } }],
          ["Undecodable", "f.head", { ...json, head: "x".repeat(1e6) }],
          ["Undecodable", "f", "no object"]
        ]
        for (const [reason, block, bad] of cases) {
          const error = yield* Effect.flip(Params.decode(mixed, { name: "f" })(bad))
          assert.deepStrictEqual([error.reason, error.block], [reason, block], error.message)
        }
      })
    )

    it.effect("never puts a large matrix into a message", () =>
      Effect.gen(function* () {
        const space = Params.struct({
          weight: LoRAWeight.create({ outDim: 512, inDim: 512, noiseRank: 4 }),
          gain: Params.unbounded({ default: 1 })
        })
        const start = startOf(space)
        const json = Params.encode(space)(start) as { weight: { data: string }; gain: number }
        assert.isAbove(json.weight.data.length, 1e6)
        const broken: ReadonlyArray<unknown> = [
          { ...json, gain: "one" },
          { ...json, gain: json.weight.data },
          { ...json, extra: json.weight.data },
          { ...json, weight: { shape: [512, 511], data: json.weight.data } },
          { ...json, weight: { shape: json.weight.data, data: json.weight.data } },
          { ...json, weight: { shape: Array(1e5).fill(1), data: json.weight.data } },
          { ...json, weight: { shape: [512, 512], data: `${json.weight.data}AAA` } },
          { ...json, weight: json.weight.data },
          { ...json, weight: Array.from({ length: 262_144 }, (_, k) => k) },
          json.weight.data,
          { [json.weight.data]: 1 }
        ]
        for (const bad of broken) {
          const error = yield* Effect.flip(Params.decode(space, { name: "big" })(bad))
          assert.isBelow(`${error.message}${JSON.stringify(error)}${String(error)}`.length, 2000)
        }
        const nan = Tensor.fromTypedArray(new Float32Array(512 * 512).fill(NaN), [512, 512])
        const bad = { ...start, weight: { ...start.weight, weight: nan } }
        const error = yield* Effect.flip(Params.validate(space, bad, { name: "big" }))
        assert.deepStrictEqual([error.reason, error.block], ["NotFinite", "big.weight"])
        assert.isBelow(error.message.length, 300)
        assert.strictEqual(refusal(() => Params.encode(space)(bad)).reason, "NotFinite")
      })
    )

    it.effect("is refused as a value of another shape before a run", () =>
      Effect.gen(function* () {
        const start = startOf(mixed)
        const bad = { ...start, head: { ...start.head, bias: Tensor.zeros([3]) } }
        const error = yield* Effect.flip(Params.validate(mixed, bad, { name: "f" }))
        assert.deepStrictEqual(
          [error.reason, error.block, error.expected, error.actual],
          ["WrongShape", "f.head.bias", "a tensor of [2]", "a tensor of [3]"]
        )
        assert.strictEqual(yield* Params.validate(mixed, start), start)
      })
    )
  })

  describe("fromSchema", () => {
    class Routing extends Schema.Class<Routing>("Routing")({
      threshold: Schema.Finite.pipe(Schema.between(0, 1), Params.annotations({ default: 0.5, transform: "logit" })),
      route: Schema.Literal("fast", "careful").pipe(Params.annotations({ default: "careful", frozen: true })),
      nested: Schema.Struct({
        gain: Schema.Finite.pipe(Params.annotations({ default: 2, scale: 0.1 })),
        layer: LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 1 }).schema,
        label: Schema.optionalWith(Schema.String, { exact: true })
      }),
      limit: Schema.optionalWith(Schema.Int, { exact: true })
    }) {}
    const space = Params.fromSchema(Routing)

    it("reads bounds, literals, nesting and annotations off a class", () => {
      assert.deepStrictEqual(
        space.fields.map((field) => [field._tag, field.path, field.frozen]),
        [
          ["Scalar", "threshold", false],
          ["Category", "route", true],
          ["Scalar", "nested.gain", false],
          ["Weight", "nested.layer", false]
        ]
      )
      assert.deepInclude(space.fields[0], { min: 0, max: 1, transform: "logit", scale: 1 })
      assert.deepInclude(space.fields[1], { choices: ["fast", "careful"], default: "careful" })
      assert.deepInclude(space.fields[2], { min: -Infinity, max: Infinity, scale: 0.1 })
      assert.instanceOf(startOf(space), Routing)
    })

    it.effect("carries optional fields along at every depth", () =>
      Effect.gen(function* () {
        const start = startOf(space)
        const given = new Routing({ ...start, nested: { ...start.nested, label: "x" }, limit: 3 })
        assert.deepStrictEqual(space.assemble(space.disassemble(given), given), given)
        const back = yield* Params.decode(space)(JSON.parse(JSON.stringify(Params.encode(space)(given))))
        assert.instanceOf(back, Routing)
        assert.strictEqual(back.limit, 3)
        assert.strictEqual(back.nested.label, "x")
        assertSame(space.disassemble(back), space.disassemble(given))
      })
    )

    it.effect("nests classes and takes the defaults of their fields", () =>
      Effect.gen(function* () {
        const nested = Params.fromSchema(Schema.Struct({ lm: LMParams, routing: Routing }))
        assert.include(
          nested.fields.map((field) => field.path),
          "routing.nested.gain"
        )
        const start = startOf(nested)
        assert.instanceOf(start.lm, LMParams)
        assert.instanceOf(start.routing, Routing)
        const limited = { ...start, lm: new LMParams({ ...start.lm, maxTokens: 9 }) }
        assert.strictEqual(nested.assemble(nested.disassemble(limited), limited).lm.maxTokens, 9)
        const back = yield* Params.decode(nested)(Params.encode(nested)(limited))
        assert.deepStrictEqual(back.lm, limited.lm)
      })
    )

    it("names the field that cannot be tuned", () => {
      const field =
        <S extends Schema.Struct.Field>(inner: S) =>
        () =>
          Params.fromSchema(Schema.Struct({ outer: Schema.Struct({ inner }) }) as unknown as Schema.Schema<unknown>)
      const refused: ReadonlyArray<readonly [string, () => unknown]> = [
        ["a default", field(Schema.Finite.pipe(Schema.between(0, 1)))],
        ["a default", field(Schema.Literal("a", "b"))],
        ["a finite number", field(Schema.String)],
        ["a finite number", field(Schema.Number.pipe(Params.annotations({ default: 1 })))],
        ["a finite number", field(Schema.Int.pipe(Schema.between(0, 9), Params.annotations({ default: 1 })))],
        ["a finite number", field(Schema.Finite.pipe(Schema.positive(), Params.annotations({ default: 1 })))],
        ["a required field", field(Schema.optional(Schema.Finite.pipe(Params.annotations({ default: 1 }))))],
        ["without transform", field(Schema.Literal("a", "b").pipe(Params.annotations({ default: "a", scale: 2 })))]
      ]
      for (const [expected, make] of refused) {
        const error = refusal(make)
        assert.deepStrictEqual([error.reason, error.block], ["InvalidSpace", "outer.inner"], error.message)
        assert.include(error.expected, expected)
      }
    })
  })

  describe("search blocks", () => {
    const values = Params.defaults(mixed, { seed: 1, name: "f" })
    const none = () => undefined

    it("put scalars and categories into one vector and every weight into its own block", () => {
      const blocks = searchBlocks("f", mixed, values)
      assert.deepStrictEqual(
        blocks.map(({ path, rank, shape }) => [path, shape, rank]),
        [
          ["f", [7], undefined],
          ["f.head.weight", [2, 3], 2],
          ["f.head.bias", [2], undefined]
        ]
      )
      const [vector, weight] = blocks
      assert.deepStrictEqual(vector?.coordinates, [
        "f.threshold",
        "f.rate",
        "f.share",
        "f.bias",
        "f.model=small",
        "f.model=medium",
        "f.model=large"
      ])
      assert.deepStrictEqual(vector?.initial, Float32Array.of(0.3, Math.log(0.1), 0, 0, 0, 1, 0))
      assert.deepStrictEqual(vector?.scale, Float32Array.of(0.5, Math.log(1e5) / 2, 1, 3, 1, 1, 1))
      const infinite = [Infinity, Infinity, Infinity, Infinity, Infinity]
      assert.deepStrictEqual(vector?.max, Float32Array.of(0.75, Math.log(10), ...infinite))
      assert.deepStrictEqual(vector?.min, Float32Array.of(-0.25, Math.log(1e-4), ...infinite.map((x) => -x)))
      assert.notProperty(vector, "frozen")
      assert.deepStrictEqual(Object.keys(weight ?? {}), ["path", "shape", "rank", "initial", "coordinates"])
    })

    it("of a single weight carry the name itself", () => {
      const space = LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 1 })
      const blocks = searchBlocks("layer", space, Params.defaults(space, { seed: 1, name: "layer" }))
      assert.deepStrictEqual(
        blocks.map((block) => block.path),
        ["layer"]
      )
    })

    it("mark frozen coordinates and leave out what is frozen altogether", () => {
      const space = Params.struct({
        a: Params.unbounded({ default: 1, frozen: true }),
        b: Params.category(["x", "y"]),
        w: Params.vector(2, { frozen: true })
      })
      const values = Params.defaults(space, { seed: 1, name: "f" })
      const blocks = searchBlocks("f", space, values)
      assert.deepStrictEqual(
        blocks.map((block) => block.frozen),
        [Uint8Array.of(1, 0, 0)]
      )
      const moved = fromBlocks(
        "f",
        space,
        values,
        () => Float32Array.of(9, 0, 1),
        () => Tensor.zeros([2])
      )
      assert.deepStrictEqual(moved, [1, "y", values[2]])
      const still = Params.struct({ a: Params.unbounded({ default: 1, frozen: true }), t: Params.text("t") })
      assert.deepStrictEqual(searchBlocks("f", still, [1, "t"]), [])
    })

    it.prop("that have not moved give the values back exactly", { values: mixedValues }, ({ values }) => {
      const given: ReadonlyArray<FieldValue> = values
      const blocks = searchBlocks("f", mixed, given)
      const of = (path: string) => blocks.find((block) => block.path === path)
      const back = fromBlocks(
        "f",
        mixed,
        given,
        (path) => of(path)?.initial,
        (path) => {
          const block = of(path)
          return block && Tensor.fromTypedArray(block.initial, block.shape)
        }
      )
      assertSame(back, given)
    })

    it.prop(
      "decode inside the box wherever the search went",
      { coordinates: fc.array(single, { minLength: 7, maxLength: 7 }) },
      ({ coordinates }) => {
        const moved = fromBlocks("f", mixed, values, () => Float32Array.from(coordinates), none)
        assertInside(mixed.assemble(moved))
        assertSame(moved.slice(5), values.slice(5))
      }
    )

    it("that are not given leave the values alone", () => {
      assert.deepStrictEqual(fromBlocks("f", mixed, values, none, none), values)
    })

    it("refuse another number of coordinates", () => {
      const error = refusal(() => fromBlocks("f", mixed, values, () => new Float32Array(3), none))
      assert.deepStrictEqual([error.reason, error.expected, error.actual], ["WrongShape", "7 coordinates", "3"])
    })
  })
})
