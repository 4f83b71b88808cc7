import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { LLMError, type Request } from "../services/LLM.js"
import * as Candidate from "../src/Candidate.js"
import * as Example from "../src/Example.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import { LMParams } from "../src/LMParams.js"
import * as Params from "../src/Params.js"
import { ParamsError } from "../src/ParamsError.js"
import * as Predict from "../src/Predict.js"
import * as Signature from "../src/Signature.js"
import * as Text from "../src/Text.js"
import { failure, overloaded, scripted } from "./utils/scripted.js"

const model = "test/model"

const triage = Signature.make({
  instruction: "Classify the ticket.",
  inputs: {
    ticket: Schema.String.annotations({ description: "in the customer's words" }),
    age: Schema.Number
  },
  outputs: {
    priority: Schema.Literal("high", "normal", "low").annotations({ description: "how soon it is answered" }),
    summary: Schema.String
  }
})

const input = { ticket: "It burns!", age: 3 }

const defaultsOf = <I, O>(program: Predict.Program<I, O>): Predict.Params<I, O> =>
  Candidate.get(Candidate.defaults(), program)

/** What a prediction with these outputs makes of a reply. */
const reading = <Outputs extends Signature.Fields>(outputs: Outputs, adapter: "chat" | "json" = "chat") => {
  const program = Predict.make("read", Signature.make({ instruction: "Read.", inputs: {}, outputs }), {
    model,
    adapter,
    repair: false
  })
  return (reply: string) => Effect.provide(program({}), scripted(() => reply).layer)
}

describe("Predict", () => {
  describe("what is sent", () => {
    it("is the instruction, the fields with their types and descriptions, the form of the reply, and the inputs", () => {
      const program = Predict.make("triage", triage, { model })
      assert.deepStrictEqual(Either.getOrThrow(Predict.render(program, defaultsOf(program), input)), [
        {
          role: "system",
          content: [
            "Classify the ticket.",
            "",
            "Inputs:",
            "- ticket (text): in the customer's words",
            "- age (number)",
            "",
            "Outputs:",
            "- priority (one of high, normal, low): how soon it is answered",
            "- summary (text)",
            "",
            "Reply in this form, and with nothing else. A value may go on over several lines.",
            "",
            "priority: <one of high, normal, low>",
            "summary: <text>"
          ].join("\n")
        },
        { role: "user", content: "ticket: It burns!\nage: 3" }
      ])
    })

    it("shows demonstrations as turns", () => {
      const output = { priority: "high", summary: "Fire.\n\nAgain." } as const
      const program = Predict.make("triage", triage, { model, demonstrations: [{ input, output }] })
      const messages = Either.getOrThrow(Predict.render(program, defaultsOf(program), { ticket: "Hm", age: 1 }))
      assert.deepStrictEqual(messages.slice(1), [
        { role: "user", content: "ticket: It burns!\nage: 3" },
        { role: "assistant", content: "priority: high\nsummary: Fire.\n\nAgain." },
        { role: "user", content: "ticket: Hm\nage: 1" }
      ])
    })

    it.effect("is what render says, with the settings, whatever policies are around", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => "priority: low\nsummary: ok")
        const program = Predict.make("triage", triage, { model, settings: { temperature: 0.1, maxTokens: 20 } }).pipe(
          Hyperfunction.withRetry(Schedule.recurs(2)),
          Hyperfunction.withTimeout("20 seconds"),
          Hyperfunction.withMaxCalls(5)
        )
        yield* Effect.provide(program(input), layer)
        assert.deepStrictEqual(requests, [
          {
            model,
            messages: yield* Predict.render(program, defaultsOf(program), input),
            settings: { temperature: 0.1, topP: 1, presencePenalty: 0, frequencyPenalty: 0, maxTokens: 20 }
          }
        ])
      })
    )

    it("takes inputs in declared order, whatever the order they are given in", () => {
      const program = Predict.make("triage", triage, { model })
      const render = (given: typeof input) =>
        Either.getOrThrow(Predict.render(program, defaultsOf(program), given)).at(-1)?.content
      assert.strictEqual(render({ age: 3, ticket: "It burns!" }), render({ ticket: "It burns!", age: 3 }))
      assert.strictEqual(render({ age: 3, ticket: "It burns!" }), "ticket: It burns!\nage: 3")
    })

    it("puts inputs where the instruction names them, and expands nothing in them", () => {
      const program = Predict.make(
        "translate",
        Signature.make({
          instruction: "Translate into {language}, {{kindly}}.",
          inputs: { language: Schema.String, text: Schema.String },
          outputs: { translation: Schema.String }
        }),
        { model }
      )
      const nasty = "{text} $& $1 {{x}} {"
      const [system, user] = Either.getOrThrow(
        Predict.render(program, defaultsOf(program), { language: nasty, text: nasty })
      )
      assert.isTrue(system.content.startsWith(`Translate into ${nasty}, {kindly}.\n`))
      assert.strictEqual(user.content, `language: ${nasty}\ntext: ${nasty}`)
    })

    it("fences an input that looks like a field, so that it opens none", () => {
      const program = Predict.make("triage", triage, { model })
      const render = (ticket: string) =>
        Either.getOrThrow(Predict.render(program, defaultsOf(program), { ticket, age: 3 })).at(-1)?.content
      assert.strictEqual(render("Help\n\nme"), "ticket: Help\n\nme\nage: 3")
      assert.strictEqual(render("Help\n**Priority**: high"), "ticket:\n```\nHelp\n**Priority**: high\n```\nage: 3")
      assert.strictEqual(render("```\npriority: low\n```"), "ticket:\n````\n```\npriority: low\n```\n````\nage: 3")
      assert.strictEqual(render(""), "ticket:\nage: 3")
    })

    it.effect("differs between two predictions of one signature in one system, by their names", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => "answer: x")
        const echo = Signature.make({
          instruction: "Echo.",
          inputs: { text: Schema.String },
          outputs: { answer: Schema.String }
        })
        const first = Predict.make("first", echo, { model })
        const second = Predict.make("second", echo, { model })
        const candidate = Candidate.set(Candidate.defaults(), second, {
          ...defaultsOf(second),
          instruction: Text.make("Shout."),
          settings: new LMParams({ temperature: 2 })
        })
        const system = HyperSystem.make("both", {
          run: (text: string) => Effect.flatMap(first({ text }), ({ answer }) => second({ text: answer }))
        })
        const evaluation = yield* HyperSystem.evaluate(
          system.pipe(HyperSystem.withCandidate(candidate)),
          [Example.make("a", "x")],
          (outputs) => outputs.length
        ).pipe(Effect.provide(layer))
        assert.deepStrictEqual(evaluation.hyperfunctions, ["first", "second"])
        assert.deepStrictEqual(
          requests.map(({ messages, settings }) => [messages[0].content.split("\n")[0], settings?.temperature]),
          [
            ["Echo.", 0.7],
            ["Shout.", 2]
          ]
        )
      })
    )
  })

  describe("inputs that are not of the signature", () => {
    const program = Predict.make("triage", triage, { model })
    const wrong = (given: object) =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => "priority: low\nsummary: ok")
        const error = yield* failure(Effect.provide(program(given as never), layer))
        assert.strictEqual(requests.length, 0)
        assert.instanceOf(error, Predict.PredictError)
        return error as Predict.PredictError
      })

    it.effect("fail before any call when one is unknown, missing or of another type", () =>
      Effect.gen(function* () {
        const unknown = yield* wrong({ ...input, tikcet: "x" })
        assert.deepStrictEqual([unknown.reason, unknown.field], ["InvalidInput", "tikcet"])
        assert.include(unknown.message, "unexpected input field")
        const missing = yield* wrong({ ticket: "x" })
        assert.deepStrictEqual([missing.reason, missing.field], ["InvalidInput", "age"])
        assert.include(missing.message, "age is missing")
        assert.strictEqual((yield* wrong(null as never)).field, "ticket")
        const typed = yield* wrong({ ticket: "x", age: "three" })
        assert.deepStrictEqual([typed.reason, typed.field], ["InvalidInput", "age"])
      })
    )
  })

  describe("reads a reply", () => {
    const person = { name: Schema.String, age: Schema.Number }

    it.effect("by names, with a colon or an equals sign, in any case and order", () =>
      Effect.gen(function* () {
        const read = reading(person)
        const expected = { name: "Ada", age: 36 }
        for (const reply of [
          "name: Ada\nage: 36",
          "name = Ada\nage=36",
          "AGE: 36\nName: Ada",
          "Sure, here it is.\n\nname: Ada\nage: 36",
          "- name: Ada\n- age: 36",
          "1. **Name**: Ada\n2. **Age**: 36",
          "**name:** Ada\n**age:** 36",
          "**name: Ada**\n**age: 36**",
          "### name: Ada\n### age: 36",
          "`name`: Ada\n__age__: 36",
          "name: Ada\r\nage: 36\r\n",
          "```\nname: Ada\nage: 36\n```",
          "Here:\n```text\nname: Ada\nage: 36\n```\nDone."
        ]) {
          assert.deepStrictEqual(yield* read(reply), expected, reply)
        }
      })
    )

    it.effect("by whole words only: age is not in language, nor in ages", () =>
      Effect.gen(function* () {
        const read = reading({ language: Schema.String, age: Schema.Number })
        assert.deepStrictEqual(yield* read("language: 7\nage: 36"), { language: "7", age: 36 })
        const error = (yield* failure(read("language: French\nages: 36"))) as Predict.PredictError
        assert.deepStrictEqual([error.reason, error.field], ["MissingField", "age"])
      })
    )

    it.effect("with values of several lines and paragraphs, kept whole up to the next field", () =>
      Effect.gen(function* () {
        const read = reading({ story: Schema.String, moral: Schema.String })
        assert.deepStrictEqual(yield* read("story: Once.\n\nNote: twice.\n  Then: never.\nmoral: None.\n\nReally."), {
          story: "Once.\n\nNote: twice.\n  Then: never.",
          moral: "None.\n\nReally."
        })
      })
    )

    it.effect("with full stops, commas, dollar signs and braces as they are", () =>
      Effect.gen(function* () {
        const read = reading({ a: Schema.String, b: Schema.String })
        assert.deepStrictEqual(yield* read("a: It ends here.\nb: {a} costs $1;"), {
          a: "It ends here.",
          b: "{a} costs $1;"
        })
      })
    )

    it.effect("without the quotes or the fence around a value", () =>
      Effect.gen(function* () {
        const read = reading({ code: Schema.String, note: Schema.String, count: Schema.Number })
        assert.deepStrictEqual(yield* read('code:\n```js\nnote: 1\n```\nnote: "a \\"b\\""\ncount: `3`'), {
          code: "note: 1",
          note: 'a "b"',
          count: 3
        })
        assert.strictEqual((yield* read('code: x\nnote: "a" and "b"\ncount: "3"')).note, '"a" and "b"')
      })
    )

    it.effect("with the first line of a name only opening it", () =>
      Effect.gen(function* () {
        const read = reading({ a: Schema.String, b: Schema.String })
        assert.deepStrictEqual(yield* read("a: 1\nb: 2\na: 3"), { a: "1", b: "2\na: 3" })
      })
    )

    it.effect("in JSON, alone, fenced or in prose, also where lines were asked for", () =>
      Effect.gen(function* () {
        const read = reading({ name: Schema.String, tags: Schema.Array(Schema.String) })
        const expected = { name: "Ada", tags: ["x"] }
        for (const reply of [
          '{"name":"Ada","tags":["x"]}',
          '```json\n{\n  "Name": "Ada",\n  "tags": ["x"]\n}\n```',
          'Of course: {"name":"Ada","tags":["x"]}. Anything else?',
          'name: Ada\ntags: ["x"]'
        ]) {
          assert.deepStrictEqual(yield* read(reply), expected, reply)
        }
      })
    )

    it.effect("as a whole where one output was asked for and no name is in it", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* reading({ answer: Schema.String })(" It is\n\n42. \n"), {
          answer: "It is\n\n42."
        })
        assert.deepStrictEqual(yield* reading({ answer: Schema.Number })("42"), { answer: 42 })
        assert.deepStrictEqual(yield* reading({ point: Schema.Struct({ x: Schema.Number }) })('{"x": 1}'), {
          point: { x: 1 }
        })
        const error = (yield* failure(reading({ answer: Schema.String })("  "))) as Predict.PredictError
        assert.strictEqual(error.reason, "MissingField")
      })
    )

    it.effect("as no text where it is an object of other names", () =>
      Effect.gen(function* () {
        for (const reply of ['{"name":"Bob"}', '```json\n{"name":"Bob"}\n```']) {
          const error = (yield* failure(reading({ city: Schema.String }, "json")(reply))) as Predict.PredictError
          assert.deepStrictEqual([error.reason, error.field, error.raw], ["MissingField", "city", reply])
        }
        assert.deepStrictEqual(yield* reading({ city: Schema.String }, "json")("Paris {for Bob}"), {
          city: "Paris {for Bob}"
        })
      })
    )

    it.effect("after what the model has thought, which an error keeps", () =>
      Effect.gen(function* () {
        const thought = "<think>\ncity: Rome? No.\n</think>\n\n"
        const city = { city: Schema.String }
        assert.deepStrictEqual(yield* reading(city)(`${thought}city: Paris`), { city: "Paris" })
        assert.deepStrictEqual(yield* reading(city)(`${thought}Paris`), { city: "Paris" })
        assert.deepStrictEqual(yield* reading(city, "json")(`<think>{"city":"Rome"}</think>{"city":"Paris"}`), {
          city: "Paris"
        })
        assert.deepStrictEqual(yield* reading(city)("city: </think> <think>"), { city: "</think> <think>" })
        const reply = "<think>\ncity: Rome?"
        const error = (yield* failure(reading(city)(reply))) as Predict.PredictError
        assert.deepStrictEqual([error.reason, error.raw], ["MissingField", reply])
      })
    )

    it.effect("without numbers that cannot be counted with", () =>
      Effect.gen(function* () {
        const refused: ReadonlyArray<readonly [reply: string, adapter: "chat" | "json"]> = [
          ["n: 1e309", "chat"],
          ["-1e309", "chat"],
          ['{"n": 1e309}', "json"]
        ]
        for (const [reply, adapter] of refused) {
          const error = (yield* failure(reading({ n: Schema.Number }, adapter)(reply))) as Predict.PredictError
          assert.deepStrictEqual([error.reason, error.field], ["InvalidField", "n"], reply)
        }
        const nested = reading({ n: Schema.Array(Schema.Struct({ x: Schema.Number })) })
        assert.strictEqual(
          ((yield* failure(nested('n: [{"x": 1e309}]'))) as Predict.PredictError).reason,
          "InvalidField"
        )
        const literal = reading({ n: Schema.Union(Schema.Number, Schema.Literal("1e309")) })
        assert.deepStrictEqual(yield* literal("n: 1e309"), { n: "1e309" })
        assert.deepStrictEqual(yield* reading({ n: Schema.String })("n: 1e309"), { n: "1e309" })
      })
    )

    it.effect("by schemas: literals in any case, numbers, booleans, null, dates, JSON", () =>
      Effect.gen(function* () {
        const read = reading({
          priority: Schema.Literal("High", "low"),
          sure: Schema.Boolean,
          grade: Schema.Literal(1, 2),
          note: Schema.NullOr(Schema.String),
          day: Schema.DateFromString,
          point: Schema.Struct({ x: Schema.Number })
        })
        assert.deepStrictEqual(
          yield* read('priority: "HIGH".\nsure: True\ngrade: 2\nnote: null\nday: 2026-01-02\npoint: {"x": 1}'),
          { priority: "High", sure: true, grade: 2, note: null, day: new Date("2026-01-02"), point: { x: 1 } }
        )
        assert.strictEqual(
          (yield* read('priority: low\nsure: no\ngrade: 1\nnote: hi\nday: 2026-01-02\npoint: {"x": 1}').pipe(
            failure
          ) as Effect.Effect<Predict.PredictError>).field,
          "sure"
        )
      })
    )

    it.effect("however many lines, fences and blanks there are", () =>
      Effect.gen(function* () {
        const long = [
          "a`b\n".repeat(200_000),
          "```\n".repeat(200_000),
          "```x\n".repeat(50_000),
          `${" ".repeat(200_000)}x`
        ]
        for (const title of long) {
          const output = { title, sure: true, kind: "a" } as const
          const program = Predict.make(
            "long",
            Signature.make({
              instruction: "",
              inputs: { text: Schema.String },
              outputs: { title: Schema.String, sure: Schema.Boolean, kind: Schema.Literal("a", "b") }
            }),
            { model, demonstrations: [{ input: { text: title }, output }] }
          )
          const messages = yield* Predict.render(program, defaultsOf(program), { text: title })
          const read = program({ text: title }).pipe(Effect.provide(scripted(() => messages[2].content).layer))
          assert.isTrue((yield* read).title === title)
          yield* failure(
            Effect.provide(program({ text: title }), scripted(() => `title: x\nsure: no\nkind: ${title}x`).layer)
          )
        }
      })
    )

    it.effect("and fails with the field, what was wrong, a cure and the whole reply", () =>
      Effect.gen(function* () {
        const error = (yield* failure(reading(person)("name: Ada\nage: about 36"))) as Predict.PredictError
        assert.deepStrictEqual(
          [error.reason, error.program, error.field, error.raw],
          ["InvalidField", "read", "age", "name: Ada\nage: about 36"]
        )
        assert.strictEqual(error.detail, 'age is to be number, and is "about 36"')
        assert.include(error.message, error.cure)
        const empty = (yield* failure(reading(person)(""))) as Predict.PredictError
        assert.deepStrictEqual([empty.reason, empty.field], ["MissingField", "name"])
      })
    )

    it.effect("that was cut off only as cut off, unless its JSON is closed", () =>
      Effect.gen(function* () {
        const run = (content: string) =>
          Predict.make("triage", triage, { model })(input).pipe(
            Effect.provide(scripted(() => ({ content, finishReason: "length" })).layer)
          )
        for (const content of ["", "priority: high", "priority: high\nsummary: It bu", '{"priority":"high","summ']) {
          const error = (yield* failure(run(content))) as Predict.PredictError
          assert.deepStrictEqual([error.reason, error.raw], ["Truncated", content])
        }
        const whole = yield* run('{"priority":"high","summary":"It burns"}')
        assert.deepStrictEqual(whole, { priority: "high", summary: "It burns" })
      })
    )

    it.effect("not at all when there is none: the error of the model is the error of the call", () =>
      Effect.gen(function* () {
        const error = yield* failure(
          Predict.make("triage", triage, { model })(input).pipe(Effect.provide(scripted(() => overloaded()).layer))
        )
        assert.instanceOf(error, LLMError)
      })
    )
  })

  describe("with JSON", () => {
    const program = Predict.make("triage v2", triage, { model, adapter: "json" })

    it.effect("asks for a schema, by the request and in words", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => '{"priority":"low","summary":"ok"}')
        assert.deepStrictEqual(yield* Effect.provide(program(input), layer), { priority: "low", summary: "ok" })
        const schema = {
          type: "object",
          required: ["priority", "summary"],
          properties: {
            priority: {
              type: "string",
              enum: ["high", "normal", "low"],
              description: "how soon it is answered"
            },
            summary: { type: "string" }
          },
          additionalProperties: false
        }
        assert.deepStrictEqual(requests[0].format, { name: "triage_v2", schema })
        assert.include(requests[0].messages[0].content, "one JSON object")
        assert.include(requests[0].messages[0].content, '"enum":["high","normal","low"]')
      })
    )

    it.effect("asks again for what was wrong alone, says what, and keeps the rest", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted((_, call) =>
          call === 0 ? '{"priority":"urgent","summary":"ok"}' : '{"priority":"high"}'
        )
        assert.deepStrictEqual(yield* Effect.provide(program(input), layer), { priority: "high", summary: "ok" })
        assert.strictEqual(requests.length, 2)
        const [first, second] = requests
        assert.deepStrictEqual(second.messages.slice(0, 2), first.messages)
        assert.deepStrictEqual(second.messages[2], {
          role: "assistant",
          content: '{"priority":"urgent","summary":"ok"}'
        })
        assert.include(second.messages[3].content, 'priority is to be one of high, normal, low, and is "urgent"')
        const schema = second.format?.schema as {
          readonly properties: object
          readonly required: ReadonlyArray<string>
        }
        assert.deepStrictEqual([Object.keys(schema.properties), schema.required], [["priority"], ["priority"]])
      })
    )

    it.effect("fails when the second reply is wrong too, and asks no third time", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted((_, call) => (call === 0 ? "I would rather not." : '{"priority":"high"}'))
        const error = (yield* failure(Effect.provide(program(input), layer))) as Predict.PredictError
        assert.deepStrictEqual(
          [error.reason, error.field, error.raw, requests.length],
          ["MissingField", "summary", '{"priority":"high"}', 2]
        )
      })
    )

    it.effect("takes nothing for a text that the second reply does not name", () =>
      Effect.gen(function* () {
        const outputs = { name: Schema.String, city: Schema.String }
        for (const adapter of ["json", "chat"] as const) {
          for (const reply of ['{"name":"Bob"}', "I refuse."]) {
            const two = Signature.make({ instruction: "Read.", inputs: {}, outputs })
            const { layer } = scripted((_, call) => (call === 0 ? '{"name":"Bob"}' : reply))
            const read = Predict.make("read", two, { model, adapter, repair: true })
            const error = (yield* failure(Effect.provide(read({}), layer))) as Predict.PredictError
            assert.deepStrictEqual([error.reason, error.field, error.raw], ["MissingField", "city", reply])
          }
        }
        const one = Signature.make({ instruction: "Read.", inputs: {}, outputs: { city: Schema.String } })
        const { layer } = scripted((_, call) => (call === 0 ? "" : "I refuse."))
        const read = Predict.make("read", one, { model, adapter: "json" })
        const error = (yield* failure(Effect.provide(read({}), layer))) as Predict.PredictError
        assert.deepStrictEqual([error.reason, error.raw], ["MissingField", "I refuse."])
      })
    )

    it.effect("asks once where repair is off, and understands lines", () =>
      Effect.gen(function* () {
        const once = Predict.make("triage", triage, { model, adapter: "json", repair: false })
        const lines = scripted(() => "priority: low\nsummary: ok")
        assert.strictEqual((yield* Effect.provide(once(input), lines.layer)).summary, "ok")
        const wrong = scripted(() => "{}")
        yield* failure(Effect.provide(once(input), wrong.layer))
        assert.strictEqual(wrong.requests.length, 1)
      })
    )

    it("shows demonstrations as JSON", () => {
      const shown = Predict.make("triage", triage, {
        model,
        adapter: "json",
        demonstrations: [{ input, output: { priority: "low", summary: "a\nb" } }]
      })
      const messages = Either.getOrThrow(Predict.render(shown, defaultsOf(shown), input))
      assert.deepStrictEqual(messages[2], { role: "assistant", content: '{"priority":"low","summary":"a\\nb"}' })
    })
  })

  describe("its parameters", () => {
    it.effect("reach the request under an evolution: the temperature that scores best is found", () =>
      Effect.gen(function* () {
        const guess = Predict.make(
          "guess",
          Signature.make({
            instruction: "Guess.",
            inputs: { n: Schema.Number },
            outputs: { value: Schema.Number }
          }),
          { model, settings: { temperature: 0.9 } }
        )
        const { layer, requests } = scripted(({ settings }) => `value: ${settings?.temperature}`)
        const system = HyperSystem.make("guessing", { run: (n: number) => guess({ n }) })
        const tuned = yield* HyperSystem.optimize(
          system,
          [Example.make(1, 0.4)],
          (outputs, expected) => -Math.abs(outputs[0].value - expected[0]),
          { only: ["guess.settings.temperature"] }
        ).pipe(Effect.provide(layer))
        const { settings } = Candidate.get(tuned.system.candidate!, guess)
        assert.isBelow(Math.abs(settings.temperature - 0.4), 0.05)
        assert.isAbove(tuned.after, tuned.before)
        assert.isAbove(new Set(requests.map(({ settings }) => settings?.temperature)).size, 20)
        assert.strictEqual(defaultsOf(guess).settings.temperature, 0.9)
      }).pipe(
        Effect.provide([
          OptimizerEvolution.layer({ generations: 60, population: 16, sigma: 0.1, learningRate: 0.1, seed: 1 }),
          DeviceWasm.layer
        ])
      )
    )

    it("start as they are given, and cannot start outside their space", () => {
      const program = Predict.make("triage", triage, { model, settings: { topP: 0.5, stop: ["END"] } })
      const { demonstrations, instruction, settings } = defaultsOf(program)
      assert.deepStrictEqual(
        [instruction.template, demonstrations, settings.topP, settings.temperature, settings.stop],
        ["Classify the ticket.", [], 0.5, 0.7, ["END"]]
      )
      assert.throws(() => Predict.make("triage", triage, { model, settings: { temperature: 3 } }), ParamsError)
    })

    const texts = FastCheck.oneof(
      FastCheck.string(),
      FastCheck.string({ unit: "binary" }),
      FastCheck.array(
        FastCheck.constantFrom(
          "note: x",
          "**Title**: y",
          "```",
          "~~~~",
          "````js",
          "",
          " ",
          '"q"',
          "{note}",
          "$&",
          "a\r",
          "\u2028"
        ),
        { maxLength: 5 }
      ).map((lines) => lines.join("\n"))
    )

    const article = Signature.make({
      instruction: "Edit the {text}.",
      inputs: { text: Schema.String, length: Schema.NullOr(Schema.Number) },
      outputs: {
        title: Schema.String,
        note: Schema.NullOr(Schema.Union(Schema.String, Schema.Number)),
        tags: Schema.Array(Schema.String)
      }
    })

    const demonstration = FastCheck.record({
      input: FastCheck.record({ text: texts, length: FastCheck.option(FastCheck.integer()) }),
      output: FastCheck.record({
        title: texts,
        note: FastCheck.oneof(texts, FastCheck.integer(), FastCheck.constant(null)),
        tags: FastCheck.array(texts, { maxLength: 3 })
      })
    })

    for (const adapter of ["chat", "json"] as const) {
      const program = Predict.make("edit", article, { model, adapter })

      it.effect.prop(
        `demonstrations are shown as replies that read back as they are (${adapter})`,
        [demonstration],
        ([shown]) =>
          Effect.gen(function* () {
            const params = { ...defaultsOf(program), demonstrations: [shown] }
            const messages = yield* Predict.render(program, params, shown.input)
            const { layer } = scripted(() => messages[2].content)
            assert.deepStrictEqual(yield* Effect.provide(program(shown.input), layer), shown.output)
          }),
        { fastCheck: { numRuns: 300 } }
      )

      it.effect.prop(
        `render to the same messages, byte for byte, after they were JSON (${adapter})`,
        [demonstration, texts],
        ([shown, instruction]) =>
          Effect.gen(function* () {
            const escaped = instruction.replace(/[{}]/g, "$&$&")
            const params: Predict.Params<typeof shown.input, typeof shown.output> = {
              instruction: Text.make<string>(`${escaped} {text}`),
              demonstrations: [shown],
              settings: new LMParams({ temperature: 0.3 })
            }
            const json = JSON.parse(JSON.stringify(Params.encode(program.params)(params)))
            const decoded = yield* Params.decode(program.params)(json)
            assert.deepStrictEqual(
              yield* Predict.render(program, decoded, shown.input),
              yield* Predict.render(program, params, shown.input)
            )
          }),
        { fastCheck: { numRuns: 100 } }
      )
    }
  })

  describe("exports", () => {
    const program = Predict.make("triage", triage, {
      model,
      demonstrations: [{ input, output: { priority: "high", summary: "Fire" } }]
    })

    it("the request as plain JSON, with the names of the inputs in their place", () => {
      const { name, request } = Either.getOrThrow(Predict.toJson(program, defaultsOf(program)))
      assert.strictEqual(name, "triage")
      const plain: Request = JSON.parse(JSON.stringify(request))
      assert.deepStrictEqual(plain, request)
      assert.deepStrictEqual(
        request.messages.map(({ role }) => role),
        ["system", "user", "assistant", "user"]
      )
      assert.strictEqual(request.messages.at(-1)?.content, "ticket: {ticket}\nage: {age}")
      assert.strictEqual(request.settings?.temperature, 0.7)
    })

    it("Markdown to read", () => {
      const markdown = Either.getOrThrow(Predict.toMarkdown(program, defaultsOf(program)))
      assert.isTrue(markdown.startsWith(`# triage\n\n- model: ${model}\n- temperature: 0.7\n`))
      assert.include(markdown, "## assistant\n\n```\npriority: high\nsummary: Fire\n```\n")
      assert.isTrue(markdown.endsWith("## user\n\n```\nticket: {ticket}\nage: {age}\n```\n"))
    })

    it("nothing of what is no prediction", () => {
      const other = Hyperfunction.make("other", {
        params: program.params,
        run: (_, given: typeof input) => Effect.succeed(given.age)
      })
      const error = Either.getOrThrow(Either.flip(Predict.render(other, defaultsOf(other), input)))
      assert.deepStrictEqual([error.reason, error.program], ["UnknownProgram", "other"])
    })
  })
})
