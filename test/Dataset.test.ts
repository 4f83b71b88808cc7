import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Dataset from "../src/Dataset.js"
import { fnv1a64, hashOf } from "../src/internal/hash.js"

const tickets = { input: Schema.String, expected: Schema.Literal("high", "low") }

const numbered = (count: number, group?: (k: number) => string) =>
  Dataset.make(
    "numbers",
    { input: Schema.Number, expected: Schema.Number },
    Array.from({ length: count }, (_, k) => ({ input: k, expected: -k, group: group?.(k) }))
  )

const inputsOf = <I, X>({ examples }: Dataset.Dataset<I, X>) => examples.map(({ input }) => input)

const shares = { train: 0.6, validation: 0.2, test: 0.2 }

describe("the hash of an example", () => {
  it("is 64-bit FNV-1a, by the known answers of its authors", () => {
    assert.strictEqual(fnv1a64(""), "cbf29ce484222325")
    assert.strictEqual(fnv1a64("a"), "af63dc4c8601ec8c")
    assert.strictEqual(fnv1a64("foobar"), "85944171f73967e8")
  })

  it.effect("stays what it was, so that old experiments can be compared with new ones", () =>
    Effect.gen(function* () {
      const dataset = yield* Dataset.make("tickets", tickets, [
        { input: "The site is down", expected: "high", tags: ["outage"] },
        { input: "Où est le manuel ?", expected: "low", group: "fr" }
      ])
      assert.deepStrictEqual(
        dataset.examples.map(({ hash }) => hash),
        ["8d5d67d84b0dc993", "0b65fb230edc82c8"]
      )
      assert.strictEqual(dataset.version, "13509003b5fed34d")
    })
  )

  it("is the same for equal JSON, whatever the order of its keys", () => {
    assert.strictEqual(hashOf({ a: 1, b: [{ c: 2, d: null }] }), hashOf({ b: [{ d: null, c: 2 }], a: 1, e: undefined }))
    assert.notStrictEqual(hashOf({ a: 1 }), hashOf({ a: "1" }))
    assert.notStrictEqual(hashOf(["ab"]), hashOf(["a", "b"]))
  })

  it.prop("differs between different texts", [FastCheck.string(), FastCheck.string()], ([a, b]) =>
    assert.strictEqual(a === b, hashOf(a) === hashOf(b))
  )

  it.effect("is of the encoded value, so that schemas of transformed values have one", () =>
    Effect.gen(function* () {
      const on = (day: string) => ({ input: new Date(`${day}T00:00:00Z`), expected: 1 })
      const schemas = { input: Schema.Date, expected: Schema.Number }
      const days = yield* Dataset.make("days", schemas, [on("2024-01-01"), on("2024-01-02")])
      const decoded = yield* Dataset.decode("days", schemas, [
        { input: "2024-01-01T00:00:00.000Z", expected: 1 },
        { input: "2024-01-02T00:00:00.000Z", expected: 1 }
      ])
      assert.strictEqual(decoded.version, days.version)
      assert.notStrictEqual(days.examples[0].hash, days.examples[1].hash)
    })
  )
})

describe("a dataset", () => {
  it.effect("has a version that its order does not change, and its content does", () =>
    Effect.gen(function* () {
      const rows = [
        { input: "a", expected: "high" },
        { input: "b", expected: "low", tags: ["x", "y"] }
      ] as const
      const version = (rows: ReadonlyArray<Dataset.Row<string, "high" | "low">>) =>
        Effect.map(Dataset.make("d", tickets, rows), ({ version }) => version)
      const first = yield* version(rows)
      assert.strictEqual(yield* version([...rows].reverse()), first)
      assert.strictEqual(yield* version([rows[0], { ...rows[1], tags: ["y", "x"] }]), first)
      assert.notStrictEqual(yield* version([rows[0]]), first)
      assert.notStrictEqual(yield* version([...rows, rows[0]]), first)
      assert.notStrictEqual(yield* version([{ ...rows[0], tags: ["x"] }, rows[1]]), first)
    })
  )

  it.effect("keeps duplicates and reports them, each by a name of its own", () =>
    Effect.gen(function* () {
      const row = { input: "a", expected: "high" } as const
      const dataset = yield* Dataset.make("d", tickets, [row, { ...row, expected: "low" }, row, { ...row, id: "mine" }])
      const [first] = dataset.examples
      assert.deepStrictEqual(dataset.duplicates, [[first.id, `${first.hash}#2`, "mine"]])
      assert.strictEqual(dataset.examples.length, 4)
    })
  )

  it.effect("refuses two rows of one id, and says which", () =>
    Effect.gen(function* () {
      const rows = [
        { id: "one", input: "a", expected: "low" },
        { id: "one", input: "b", expected: "low" }
      ] as const
      const error = yield* Effect.flip(Effect.asVoid(Dataset.make("d", tickets, rows)))
      assert.strictEqual(error.reason, "DuplicateId")
      assert.strictEqual(error.row, 2)
      assert.include(error.message, 'row 1 is called "one" too')
    })
  )

  it.effect("refuses a row that is not of its schema, with the row and the field", () =>
    Effect.gen(function* () {
      const schemas = { input: Schema.Struct({ age: Schema.Number }), expected: Schema.String }
      const rows = [
        { input: { age: 1 }, expected: "a" },
        { input: { age: "old" }, expected: "b" }
      ]
      const error = yield* Effect.flip(Effect.asVoid(Dataset.decode("people", schemas, rows)))
      assert.strictEqual(error.reason, "InvalidRow")
      assert.strictEqual(error.message.split(". ")[0], 'people, row 2: input.age: Expected number, actual "old"')
    })
  )

  it.effect("refuses a value that JSON cannot hold, and says where", () =>
    Effect.gen(function* () {
      const schemas = { input: Schema.Unknown, expected: Schema.Unknown }
      for (const wrong of [Number.NaN, new Map(), 1n, new Date(0)]) {
        const error = yield* Effect.flip(Effect.asVoid(Dataset.make("d", schemas, [{ input: [wrong], expected: 1 }])))
        assert.strictEqual(error.reason, "NotJson")
        assert.strictEqual(error.path, "input.0")
      }
      const circle: Record<string, unknown> = {}
      circle.self = circle
      const error = yield* Effect.flip(Effect.asVoid(Dataset.make("d", schemas, [{ input: circle, expected: 1 }])))
      assert.strictEqual(error.path, "input.self")
    })
  )

  it.effect("encodes to rows that decode to it", () =>
    Effect.gen(function* () {
      const days = yield* Dataset.make("d", { input: Schema.Date, expected: Schema.Number }, [
        { id: "a", input: new Date(0), expected: 1, tags: ["x"], group: "g" },
        { input: new Date(1), expected: 2 }
      ])
      const rows = yield* Dataset.encode(days)
      assert.deepStrictEqual(rows, [
        { id: "a", input: "1970-01-01T00:00:00.000Z", expected: 1, tags: ["x"], group: "g" },
        { input: "1970-01-01T00:00:00.001Z", expected: 2 }
      ])
      const again = yield* Dataset.decode("d", days.schemas, JSON.parse(JSON.stringify(rows)))
      assert.deepStrictEqual(again.examples, days.examples)
    })
  )

  it.effect("can be filtered, by tag too, without moving anything", () =>
    Effect.gen(function* () {
      const dataset = yield* Dataset.make("d", tickets, [
        { input: "a", expected: "high", tags: ["x"] },
        { input: "b", expected: "low", tags: ["x", "y"] },
        { input: "c", expected: "low" }
      ])
      assert.deepStrictEqual(inputsOf(Dataset.withTag(dataset, "x")), ["a", "b"])
      assert.deepStrictEqual(inputsOf(dataset.pipe(Dataset.withTag("y"))), ["b"])
      assert.deepStrictEqual(inputsOf(dataset.pipe(Dataset.filter(({ expected }) => expected === "low"))), ["b", "c"])
    })
  )
})

describe("a split", () => {
  it.effect("gives each part about its share, and every example to one part", () =>
    Effect.gen(function* () {
      const dataset = yield* numbered(2000)
      const parts = yield* Dataset.split(dataset, shares, { seed: 3 })
      assert.deepStrictEqual(Object.keys(parts), ["train", "validation", "test"])
      const all = Object.values(parts).flatMap(inputsOf)
      assert.deepStrictEqual(
        all.sort((a, b) => a - b),
        inputsOf(dataset)
      )
      assert.approximately(parts.train.examples.length, 1200, 100)
      assert.approximately(parts.validation.examples.length, 400, 80)
      assert.strictEqual(parts.test.name, "numbers/test")
    })
  )

  it.effect("does not move a row when others are added or the order changes", () =>
    Effect.gen(function* () {
      const few = yield* Effect.flatMap(numbered(300), Dataset.split(shares, { seed: 1 }))
      const more = yield* Effect.flatMap(numbered(900), Dataset.split(shares, { seed: 1 }))
      for (const part of ["train", "validation", "test"] as const) {
        assert.deepStrictEqual(
          inputsOf(more[part]).filter((input) => input < 300),
          inputsOf(few[part])
        )
      }
    })
  )

  it.effect.prop(
    "never parts a group, nor an input with two expectations",
    [FastCheck.array(FastCheck.tuple(FastCheck.nat(50), FastCheck.nat(3), FastCheck.nat(9))), FastCheck.integer()],
    ([rows, seed]) =>
      Effect.gen(function* () {
        const dataset = yield* Dataset.make(
          "d",
          { input: Schema.Number, expected: Schema.Number },
          rows.map(([input, expected, group]) => ({ input, expected, group: group === 0 ? undefined : `g${group}` }))
        )
        const parts = Object.values(yield* Dataset.split(dataset, { a: 0.5, b: 0.5 }, { seed }))
        const [inA, inB] = parts.map(
          ({ examples }) => new Set(examples.map(({ group, input }) => group ?? `input ${input}`))
        )
        for (const key of inA) assert.isFalse(inB.has(key), key)
      })
  )

  it.effect("is another with another seed, and of a part independent of how that was drawn", () =>
    Effect.gen(function* () {
      const dataset = yield* numbered(1000)
      const halves = { a: 0.5, b: 0.5 }
      const first = yield* Dataset.split(dataset, halves)
      const second = yield* Dataset.split(dataset, halves, { seed: 1 })
      assert.notDeepEqual(inputsOf(first.a), inputsOf(second.a))
      const again = yield* Dataset.split(first.a, halves)
      assert.approximately(again.a.examples.length, first.a.examples.length / 2, 50)
    })
  )

  it.effect("refuses shares that are none", () =>
    Effect.gen(function* () {
      const dataset = yield* numbered(3)
      for (const wrong of [{}, { a: 0.5 }, { a: 1.5, b: -0.5 }, { a: Number.NaN, b: 1 }]) {
        const error = yield* Effect.flip(Effect.asVoid(Dataset.split(dataset, wrong)))
        assert.strictEqual(error.reason, "InvalidOptions")
      }
      const error = yield* Effect.flip(Effect.asVoid(Dataset.split(dataset, { a: 0.5 })))
      assert.include(error.message, "the shares add up to 0.5")
      const whole = yield* Dataset.split(dataset, { all: 1, none: 0 })
      assert.deepStrictEqual([whole.all.examples.length, whole.none.examples.length], [3, 0])
    })
  )
})

describe("a sample", () => {
  it.effect("has as many examples as were asked for, in their order, by the seed alone", () =>
    Effect.gen(function* () {
      const dataset = yield* numbered(100)
      const sample = yield* Dataset.sample(dataset, 10, 7)
      assert.strictEqual(sample.examples.length, 10)
      assert.deepStrictEqual(
        inputsOf(sample),
        inputsOf(sample).toSorted((a, b) => a - b)
      )
      assert.deepStrictEqual(inputsOf(yield* Dataset.sample(dataset, 10, 7)), inputsOf(sample))
      assert.notDeepEqual(inputsOf(yield* Dataset.sample(dataset, 10, 8)), inputsOf(sample))
      assert.strictEqual((yield* Dataset.sample(dataset, 1000, 7)).examples.length, 100)
    })
  )

  it.effect("changes by one example at the most when a row is added", () =>
    Effect.gen(function* () {
      for (let count = 50; count < 60; count++) {
        const before = inputsOf(yield* Effect.flatMap(numbered(count), Dataset.sample(20, 1)))
        const after = inputsOf(yield* Effect.flatMap(numbered(count + 1), Dataset.sample(20, 1)))
        assert.isAtLeast(before.filter((input) => after.includes(input)).length, 19)
      }
    })
  )

  it.effect("refuses a count that is none", () =>
    Effect.gen(function* () {
      const dataset = yield* numbered(3)
      for (const count of [-1, 0.5, Number.NaN]) {
        const error = yield* Effect.flip(Effect.asVoid(Dataset.sample(dataset, count, 0)))
        assert.strictEqual(error.reason, "InvalidOptions")
      }
    })
  )
})
