import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as DatasetFile from "../../layers/DatasetFile.js"
import * as Packages from "../../layers/internal/packages.js"
import * as Dataset from "../../src/Dataset.js"

const onDisk = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  fs.makeTempDirectoryScoped({ prefix: "hyperfunc-dataset-" })
)

const written = (name: string, text: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const file = `${yield* folder}/${name}`
    yield* fs.writeFileString(file, text)
    return file
  })

const people = {
  input: Schema.Struct({
    name: Schema.String,
    age: Schema.Number,
    note: Schema.optionalWith(Schema.String, { exact: true })
  }),
  expected: Schema.Literal("yes", "no")
}

type Person = typeof people.input.Type

const rowsOf = <I, X>({ examples }: Dataset.Dataset<I, X>) =>
  examples.map(({ expected, input, tags }) => [input, expected, tags])

const refused = (name: string, text: string, options?: { readonly columns?: Readonly<Record<string, string>> }) =>
  onDisk(
    Effect.gen(function* () {
      const file = yield* written(name, text)
      const error = yield* Effect.flip(Effect.asVoid(DatasetFile.load(file, { ...people, ...options })))
      assert.strictEqual(error.file, file)
      return error
    })
  )

const row = (name: string, age: unknown = 1) => JSON.stringify({ input: { name, age }, expected: "yes" })

describe("a file of JSON lines", () => {
  it.effect("is read with a byte order mark, with either line end and with empty lines", () =>
    onDisk(
      Effect.gen(function* () {
        const file = yield* written("people.jsonl", `\uFEFF${row("a")}\r\n\r\n  \n${row("b\u2028")}\n${row("c")}`)
        const dataset = yield* DatasetFile.load(file, people)
        assert.strictEqual(dataset.name, "people")
        assert.deepStrictEqual(
          dataset.examples.map(({ input }) => input.name),
          ["a", "b\u2028", "c"]
        )
      })
    )
  )

  it.effect("says the line of a row that is not of the schema, and the field", () =>
    Effect.gen(function* () {
      const error = yield* refused("people.jsonl", `${row("a")}\n\n${row("b", "old")}\n`)
      assert.deepStrictEqual([error.reason, error.line, error.row, error.path], ["InvalidRow", 3, 2, "input.age"])
      assert.include(error.message, 'people.jsonl:3: input.age: Expected number, actual "old"')
    })
  )

  it.effect("says the line that is not JSON", () =>
    Effect.gen(function* () {
      const error = yield* refused("people.jsonl", `${row("a")}\r\n{"input":`)
      assert.deepStrictEqual([error.reason, error.line], ["Unreadable", 2])
    })
  )
})

describe("a table", () => {
  it.effect("is read with a byte order mark, either line end, empty lines and quoted line breaks", () =>
    onDisk(
      Effect.gen(function* () {
        const text = `\uFEFFid,input.name,input.age,input.note,expected,tags,else\r\n\r\n1,"a ""b"",\r\nc",7,,yes,x; y,1\r\n2,5,1e1,5,no,,\r\n`
        const dataset = yield* DatasetFile.load(yield* written("people.csv", text), people)
        assert.deepStrictEqual(rowsOf(dataset), [
          [{ name: 'a "b",\r\nc', age: 7 }, "yes", ["x", "y"]],
          [{ name: "5", age: 10, note: "5" }, "no", []]
        ])
        assert.deepStrictEqual(
          dataset.examples.map(({ id }) => id),
          ["1", "2"]
        )
      })
    )
  )

  it.effect("says the line that a wrong row begins on, whatever line breaks are quoted before it", () =>
    Effect.gen(function* () {
      const error = yield* refused(
        "people.csv",
        'input.name,input.age,expected\r\n"x\r\n\r\ny",1,yes\r\n\r\nb,old,no\r\n'
      )
      assert.deepStrictEqual([error.reason, error.line, error.path], ["InvalidRow", 6, "input.age"])
      const ragged = yield* refused("people.csv", 'input.name,input.age,expected\n"a\nb",1,yes\nc,1\n')
      assert.deepStrictEqual([ragged.reason, ragged.line], ["Unreadable", 4])
      assert.include(ragged.detail, "2 cells")
    })
  )

  it.effect("takes columns of other names", () =>
    onDisk(
      Effect.gen(function* () {
        const file = yield* written("faq.csv", "question,answer\nWho?,Me\n")
        const schemas = { input: Schema.String, expected: Schema.String }
        const columns = { question: "input", answer: "expected" }
        assert.deepStrictEqual(rowsOf(yield* DatasetFile.load(file, { ...schemas, columns })), [["Who?", "Me", []]])
        const error = yield* Effect.flip(Effect.asVoid(DatasetFile.load(file, schemas)))
        assert.include(error.message, "there is no column for input and expected; columns are question, answer")
      })
    )
  )

  it.effect("is refused when it is none", () =>
    Effect.gen(function* () {
      const open = yield* refused("people.csv", 'input,expected\n"a,yes\n')
      assert.strictEqual(open.reason, "Unreadable")
      assert.include(open.message, "Quote Not Closed")
      const twice = yield* refused("people.csv", "input,expected,input\na,yes,b\n")
      assert.include(twice.message, 'two columns are called "input"')
    })
  )

  it.effect("without a row is an empty dataset", () =>
    onDisk(
      Effect.gen(function* () {
        for (const text of ["", "input,expected\n"]) {
          const dataset = yield* DatasetFile.load(yield* written("none.csv", text), people)
          assert.strictEqual(dataset.examples.length, 0)
        }
      })
    )
  )

  it.effect("is not written where it would give another value back", () =>
    onDisk(
      Effect.gen(function* () {
        const file = `${yield* folder}/mixed.csv`
        const mixed = { input: Schema.Union(Schema.String, Schema.Number), expected: Schema.String }
        const dataset = yield* Dataset.make("mixed", mixed, [
          { input: "5", expected: "a" },
          { input: 5, expected: "b" }
        ])
        const error = yield* Effect.flip(DatasetFile.save(dataset, file))
        assert.deepStrictEqual([error.reason, error.row, error.path], ["NotRepresentable", 2, "input"])
        const fs = yield* FileSystem.FileSystem
        assert.isFalse(yield* fs.exists(file))
        const tagged = yield* Dataset.make("tagged", mixed, [{ input: "5", expected: "a", tags: ["a;b"] }])
        assert.strictEqual((yield* Effect.flip(DatasetFile.save(tagged, file))).path, "tags")
      })
    )
  )
})

describe("a saved dataset", () => {
  const person: FastCheck.Arbitrary<Person> = FastCheck.record(
    {
      name: FastCheck.string({ unit: "binary" }),
      age: FastCheck.double({ noNaN: true, noDefaultInfinity: true }),
      note: FastCheck.string({ minLength: 1 })
    },
    { requiredKeys: ["name", "age"] }
  )
  const rows = FastCheck.array(
    FastCheck.record({
      input: person,
      expected: FastCheck.constantFrom("yes" as const, "no" as const),
      tags: FastCheck.uniqueArray(FastCheck.constantFrom("x", "y z", "é")),
      group: FastCheck.option(FastCheck.string({ minLength: 1 }), { nil: undefined })
    }),
    { maxLength: 8 }
  )

  for (const ending of ["jsonl", "csv"]) {
    it.effect.prop(
      `comes back from .${ending} as it was`,
      [rows],
      ([rows]) =>
        Effect.gen(function* () {
          const file = `${yield* folder}/deep/er/people.${ending}`
          const dataset = yield* Dataset.make("people", people, rows)
          yield* DatasetFile.save(dataset, file)
          const loaded = yield* DatasetFile.load(file, people)
          assert.strictEqual(loaded.version, dataset.version)
          assert.deepStrictEqual(
            loaded.examples.map(({ id }) => id),
            dataset.examples.map(({ id }) => id)
          )
        }).pipe(onDisk),
      { fastCheck: { numRuns: 50 } }
    )
  }

  it.effect("replaces the old one, and leaves nothing else behind", () =>
    onDisk(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const place = yield* folder
        const file = `${place}/people.jsonl`
        for (const name of ["a", "b"]) {
          const rows = [{ input: { name, age: 1 }, expected: "yes" as const }]
          yield* DatasetFile.save(yield* Dataset.make("people", people, rows), file)
        }
        assert.deepStrictEqual(yield* fs.readDirectory(place), ["people.jsonl"])
        const { examples } = yield* DatasetFile.load(file, people)
        assert.deepStrictEqual(
          examples.map(({ input }) => input.name),
          ["b"]
        )
      })
    )
  )
})

describe("a file", () => {
  it.effect("of unknown ending is refused, unless its format is said", () =>
    onDisk(
      Effect.gen(function* () {
        const file = yield* written("people.txt", `${row("a")}\n`)
        const error = yield* Effect.flip(Effect.asVoid(DatasetFile.load(file, people)))
        assert.strictEqual(error.reason, "UnknownFormat")
        const dataset = yield* DatasetFile.load(file, { ...people, format: "jsonl", name: "mine" })
        assert.deepStrictEqual([dataset.name, dataset.examples.length], ["mine", 1])
      })
    )
  )

  it.effect("that is not there is said to be so", () =>
    onDisk(
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.asVoid(DatasetFile.load(`${yield* folder}/none.csv`, people)))
        assert.strictEqual(error.reason, "Unreadable")
        assert.include(error.message, "none.csv: there is no such file")
      })
    )
  )

  it.effect("that cannot be written is said to be so", () =>
    onDisk(
      Effect.gen(function* () {
        const file = yield* written("file", "")
        const dataset = yield* Dataset.make("people", people, [])
        const error = yield* Effect.flip(DatasetFile.save(dataset, `${file}/people.csv`))
        assert.strictEqual(error.reason, "WriteFailed")
      })
    )
  )

  it("whose package is missing names it", () => {
    const absent = Object.assign(new Error("Cannot find package 'csv-parse' imported from /here"), {
      code: "ERR_MODULE_NOT_FOUND"
    })
    assert.strictEqual(Packages.packageMissing(absent), "csv-parse")
    assert.isUndefined(Packages.packageMissing(new Error(absent.message)))
    assert.isUndefined(Packages.packageMissing({ code: "ERR_MODULE_NOT_FOUND" }))
  })
})
