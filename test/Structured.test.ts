import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LLMError, type Request } from "../services/LLM.js"
import * as Structured from "../src/Structured.js"
import { failure, overloaded, scripted } from "./utils/scripted.js"

const request: Request = { model: "test/model", messages: [{ role: "user", content: "Judge." }], purpose: "judge" }

const Verdict = Schema.Struct({ score: Schema.Int.pipe(Schema.between(1, 5)), why: Schema.String })

const schemaOf = ({ format }: Request) =>
  format?.schema as { readonly properties: object; readonly required: ReadonlyArray<string> }

describe("Structured", () => {
  it.effect("asks for JSON of the schema and decodes it, fenced or in prose", () =>
    Effect.gen(function* () {
      for (const reply of [
        '{"score":4,"why":"ok"}',
        '```json\n{"score":4,"why":"ok"}\n```',
        'So: {"score":4,"why":"ok"}.'
      ]) {
        const { layer, requests } = scripted(() => reply)
        const verdict = yield* Structured.complete(request, Verdict, { name: "my verdict" }).pipe(Effect.provide(layer))
        assert.deepStrictEqual(verdict, { score: 4, why: "ok" })
        assert.strictEqual(requests.length, 1)
        assert.strictEqual(requests[0].format?.name, "my_verdict")
        assert.deepStrictEqual(Object.keys(schemaOf(requests[0]).properties), ["score", "why"])
        assert.strictEqual(requests[0].purpose, "judge")
        assert.include(requests[0].messages[0].content, "JSON Schema")
        assert.deepStrictEqual(requests[0].messages.slice(1), request.messages)
      }
    })
  )

  it.effect("takes nothing from what a model thinks before it answers", () =>
    Effect.gen(function* () {
      const draft = '<think>Is it {"score":1,"why":"because of all that I say here"}?</think>\n'
      const { layer } = scripted(() => `${draft}{"score":5,"why":"ok"}`)
      assert.strictEqual((yield* Effect.provide(Structured.complete(request, Verdict), layer)).score, 5)
    })
  )

  it.effect("adds to the system message that there is", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted(() => '{"score":4,"why":"ok"}')
      const messages = [{ role: "system", content: "Be kind." }, ...request.messages] as const
      yield* Effect.provide(Structured.complete({ ...request, messages }, Verdict), layer)
      assert.deepStrictEqual(
        requests[0].messages.map(({ role }) => role),
        ["system", "user"]
      )
      assert.isTrue(requests[0].messages[0].content.startsWith("Be kind.\n\nReply with"))
    })
  )

  it.effect("asks again for the fields that were wrong, and for no others", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted((_, call) => (call === 0 ? '{"score":9,"why":"ok"}' : '{"score":5}'))
      assert.deepStrictEqual(yield* Effect.provide(Structured.complete(request, Verdict), layer), {
        score: 5,
        why: "ok"
      })
      const second = requests[1]
      assert.deepStrictEqual(
        [Object.keys(schemaOf(second).properties), schemaOf(second).required],
        [["score"], ["score"]]
      )
      assert.deepStrictEqual(second.messages.at(-2), { role: "assistant", content: '{"score":9,"why":"ok"}' })
      assert.include(second.messages.at(-1)?.content, "- score: ")
      assert.notInclude(second.messages.at(-1)?.content, "- why")
    })
  )

  it.effect("asks for all again when there was no JSON", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted((_, call) => (call === 0 ? "Good." : '{"score":5,"why":"ok"}'))
      assert.strictEqual((yield* Effect.provide(Structured.complete(request, Verdict), layer)).score, 5)
      assert.deepStrictEqual(schemaOf(requests[1]).required, ["score", "why"])
    })
  )

  it.effect("fails as undecodable after the second time, with the beginning of the answer", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted(() => `{"score":9,"why":"${"x".repeat(5000)}"}`)
      const error = yield* failure(Effect.provide(Structured.complete(request, Verdict), layer))
      assert.deepStrictEqual([error.reason, requests.length], ["Undecodable", 2])
      assert.isBelow(error.raw!.length, 2100)
      assert.notInclude(error.message, "xxx")
      const prose = yield* failure(Effect.provide(Structured.complete(request, Verdict), scripted(() => "No.").layer))
      assert.deepStrictEqual([prose.reason, prose.raw], ["Undecodable", "No."])
      assert.strictEqual(prose.detail, "the answer has 1 fault in it")
    })
  )

  it.effect("asks no second time for an answer that was cut off", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted(() => ({ content: '{"score":4,"wh', finishReason: "length" }))
      const error = yield* failure(Effect.provide(Structured.complete(request, Verdict), layer))
      assert.deepStrictEqual([error.reason, requests.length], ["Undecodable", 1])
      assert.include(error.message, "maxTokens")
    })
  )

  it.effect("asks for an object where the schema is none, and takes the value out", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted(() => '{"value":["a","b"]}')
      const tags = yield* Effect.provide(Structured.complete(request, Schema.Array(Schema.String)), layer)
      assert.deepStrictEqual(tags, ["a", "b"])
      assert.deepStrictEqual(Object.keys(schemaOf(requests[0]).properties), ["value"])
    })
  )

  it.effect("knows classes, records and nested definitions", () =>
    Effect.gen(function* () {
      class Point extends Schema.Class<Point>("Point")({ x: Schema.Int }) {}
      class Line extends Schema.Class<Line>("Line")({ from: Point, to: Point }) {}
      const line = scripted(() => '{"from":{"x":1},"to":{"x":2}}')
      assert.strictEqual((yield* Effect.provide(Structured.complete(request, Line), line.layer)).to.x, 2)
      const schema = line.requests[0].format?.schema as { readonly type: string; readonly $defs: object }
      assert.deepStrictEqual([schema.type, Object.keys(schema.$defs).sort()], ["object", ["Int", "Point"]])
      const record = scripted((_, call) => (call === 0 ? '{"a":"x"}' : '{"a":1}'))
      const counts = Schema.Record({ key: Schema.String, value: Schema.Number })
      assert.deepStrictEqual(yield* Effect.provide(Structured.complete(request, counts), record.layer), { a: 1 })
    })
  )

  it.effect("passes on the errors of the model, and refuses schemas without a JSON form", () =>
    Effect.gen(function* () {
      const { layer } = scripted(() => overloaded())
      assert.strictEqual(
        (yield* failure(Effect.provide(Structured.complete(request, Verdict), layer))).reason,
        "Overloaded"
      )
      const error = yield* failure(Effect.provide(Structured.complete(request, Schema.BigIntFromSelf), layer))
      assert.instanceOf(error, LLMError)
      assert.strictEqual(error.reason, "BadRequest")
    })
  )
})
