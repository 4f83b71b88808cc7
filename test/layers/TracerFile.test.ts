import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TracerFile from "../../layers/TracerFile.js"
import { CallRecord, type Recording } from "../../services/Tracer.js"
import * as Tensor from "../../src/Tensor.js"
import { failure } from "../utils/scripted.js"

const call: CallRecord = {
  operation: "hyperfunction",
  name: "f",
  hyperfunction: "f",
  id: "1",
  trace: "t",
  start: 1,
  elapsed: 2,
  success: false,
  error: { type: "E", message: "line\nbreak | pipe" }
}

const recording: Recording = { session: "s", started: 0, calls: [call, { ...call, id: "2" }], dropped: 0 }

const decode = Schema.decodeUnknownSync(CallRecord)

/** A recording with a strange value in it, which only a program that does not mind its types can make. */
const strange = (value: unknown): Recording => ({
  ...recording,
  calls: [{ ...call, metrics: { value: value as number } }]
})

const cyclic: Record<string, unknown> = { name: "me" }
cyclic.self = cyclic

const throwing = {
  get value(): never {
    throw new Error("no")
  }
}

describe("TracerFile", () => {
  it("writes observations and their summary as JSON", () => {
    const { observations, summary } = JSON.parse(TracerFile.encode(recording))
    assert.deepStrictEqual(observations.map(decode), recording.calls)
    assert.deepInclude(summary, { session: "s", calls: 2, errors: 2 })
  })

  it("writes one observation a line, and the summary last", () => {
    const lines = TracerFile.encode(recording, { format: "jsonl" }).trimEnd().split("\n")
    assert.deepStrictEqual(
      lines.slice(0, 2).map((line) => decode(JSON.parse(line))),
      recording.calls
    )
    assert.deepInclude(JSON.parse(lines[2])._summary, { calls: 2 })
    assert.lengthOf(TracerFile.encode(recording, { format: "jsonl", summary: false }).trimEnd().split("\n"), 2)
  })

  it("F116: writes big integers, cycles, dates, what is absent, binary and unreadable", () => {
    const cases: ReadonlyArray<readonly [unknown, unknown]> = [
      [10n ** 30n, "1000000000000000000000000000000"],
      [cyclic, { name: "me", self: "[circular]" }],
      [undefined, undefined],
      [
        [undefined, 1],
        [null, 1]
      ],
      [new Date(0), "1970-01-01T00:00:00.000Z"],
      [new Date(NaN), "[invalid date]"],
      [NaN, "NaN"],
      [new Uint8Array(3), "[binary, 3 bytes]"],
      [new Map([["a", 1n]]), [["a", "1"]]],
      [new Set([1]), [1]],
      [() => 1, "[function]"],
      [Symbol("x"), "[symbol]"],
      [Redacted.make("secret"), "<redacted>"],
      [Tensor.from([1, 2]), "[tensor [2]]"],
      [throwing, "[unreadable]"],
      [new Error("bad", { cause: "secret" }), { name: "Error", message: "bad" }]
    ]
    for (const [value, expected] of cases) {
      for (const format of ["json", "jsonl"] as const) {
        const text = TracerFile.encode(strange(value), { format, summary: false })
        const json = JSON.parse(text)
        const [written] = format === "json" ? json.observations : [json]
        assert.deepStrictEqual(written.metrics.value, expected)
        assert.notInclude(text, "secret")
      }
    }
  })

  it.scoped("saves a recording in a folder that is made, and says when it cannot", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const file = `${folder}/a/run.jsonl`
      yield* TracerFile.exporter(file, { format: "jsonl" })(recording)
      assert.strictEqual(yield* fs.readFileString(file), TracerFile.encode(recording, { format: "jsonl" }))
      const error = yield* failure(TracerFile.save(recording, `${file}/b.json`))
      assert.strictEqual(error.reason, "WriteFailed")
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
