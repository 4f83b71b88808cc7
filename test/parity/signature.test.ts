/**
 * Mirrors `tests/test_signature.py` of the Python library, and what it did wrong without a test. Fields keep their declared
 * order, where they had that of the alphabet; the flags that say what is optimised have no counterpart.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Candidate from "../../src/Candidate.js"
import * as Example from "../../src/Example.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { LMParams } from "../../src/LMParams.js"
import * as Predict from "../../src/Predict.js"
import * as Signature from "../../src/Signature.js"
import * as Text from "../../src/Text.js"
import { failure, scripted } from "../utils/scripted.js"

const described = (description: string) => Schema.String.annotations({ description })

const qa = Signature.make({
  instruction: "Answer questions with short factoid answers.",
  inputs: { context: described("may contain relevant facts"), question: Schema.String },
  outputs: { answer: described("often between 1 and 5 words") }
})

const model = "openai/gpt-4"
const answer = Predict.make("QA", qa, { model })
const input = { context: "Paris is in France.", question: "Where is Paris?" }
const defaults = Candidate.get(Candidate.defaults(), answer)

const systemOf = <I, O>(signature: Signature.Signature<I, O>): string => {
  const program = Predict.make("p", signature, { model })
  const { request } = Either.getOrThrow(Predict.toJson(program, Candidate.get(Candidate.defaults(), program)))
  return request.messages[0].content
}

const parse =
  <Outputs extends Signature.Fields>(outputs: Outputs) =>
  (reply: string) => {
    const program = Predict.make("parse", Signature.make({ instruction: "", inputs: {}, outputs }), { model })
    return Effect.provide(program({}), scripted(() => reply).layer)
  }

describe("test_signature", () => {
  describe("fields", () => {
    it("an input has a description", () => assert.strictEqual(qa.inputs[0].description, "may contain relevant facts"))
    it("an input may go without", () => assert.isUndefined(qa.inputs[1].description))
    it("an output has a description", () =>
      assert.strictEqual(qa.outputs[0].description, "often between 1 and 5 words"))
    it("an output may go without", () => {
      const { outputs } = Signature.make({ instruction: "", inputs: {}, outputs: { a: Schema.String } })
      assert.isUndefined(outputs[0].description)
    })
  })

  describe("Signature", () => {
    it("knows its inputs", () =>
      assert.deepStrictEqual(
        qa.inputs.map(({ name }) => name),
        ["context", "question"]
      ))

    it("knows its outputs", () =>
      assert.deepStrictEqual(
        qa.outputs.map(({ name }) => name),
        ["answer"]
      ))

    it("becomes a prompt of the instruction, the inputs and the outputs", () => {
      const prompt = systemOf(qa)
      for (const piece of [
        "Answer questions with short factoid answers.",
        "Inputs:\n- context (text): may contain relevant facts\n- question (text)",
        "Outputs:\n- answer (text): often between 1 and 5 words"
      ]) {
        assert.include(prompt, piece)
      }
    })

    it("has as many outputs as it declares", () => {
      const prompt = systemOf(
        Signature.make({ instruction: "", inputs: {}, outputs: { name: Schema.String, age: Schema.Number } })
      )
      assert.include(prompt, "Outputs:\n- name (text)\n- age (number)")
    })

    it("may be without an instruction", () => {
      const prompt = systemOf(
        Signature.make({ instruction: "", inputs: { a: Schema.String }, outputs: { b: Schema.String } })
      )
      assert.isTrue(prompt.startsWith("Inputs:\n- a (text)"))
    })
  })

  describe("parsing", () => {
    it.effect("with a colon", () =>
      Effect.map(parse({ answer: Schema.String })("answer: Paris"), (output) =>
        assert.deepStrictEqual(output, { answer: "Paris" })
      )
    )

    it.effect("with an equals sign", () =>
      Effect.map(parse({ answer: Schema.String })("answer = Paris"), (output) =>
        assert.deepStrictEqual(output, { answer: "Paris" })
      )
    )

    it.effect("of several outputs", () =>
      Effect.map(parse({ name: Schema.String, age: Schema.String })("name: John\nage: 30"), (output) =>
        assert.deepStrictEqual(output, { name: "John", age: "30" })
      )
    )

    it.effect("of the whole text for a single output", () =>
      Effect.map(parse({ answer: Schema.String })("Just Paris"), (output) =>
        assert.deepStrictEqual(output, { answer: "Just Paris" })
      )
    )

    it.effect("in any case", () =>
      Effect.map(parse({ answer: Schema.String })("ANSWER: Paris"), (output) =>
        assert.deepStrictEqual(output, { answer: "Paris" })
      )
    )
  })

  describe("Predict", () => {
    it.effect("asks the model and gives the outputs by name", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => "answer: France")
        assert.deepStrictEqual(yield* Effect.provide(answer(input), layer), { answer: "France" })
        assert.strictEqual(requests[0].model, model)
        assert.include(requests[0].messages.at(-1)?.content, "question: Where is Paris?")
      })
    )

    it("has its name", () => assert.strictEqual(answer.definition.name, "QA"))

    it.effect("refuses an unknown input", () =>
      Effect.gen(function* () {
        const wrong = { ...input, hint: "x" }
        const error = yield* failure(Effect.provide(answer(wrong), scripted(() => "").layer))
        assert.match(error.message, /unexpected input field "hint"/)
      })
    )

    it.effect("has a prompt that can be read and set", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => "answer: France")
        assert.strictEqual(defaults.instruction.template, "Answer questions with short factoid answers.")
        const shorter = Candidate.set(Candidate.defaults(), answer, {
          ...defaults,
          instruction: Text.make("Be brief.")
        })
        assert.strictEqual(Candidate.get(shorter, answer).instruction.template, "Be brief.")
        yield* answer(input).pipe(Candidate.provide(shorter), Effect.provide(layer))
        assert.isTrue(requests[0].messages[0].content.startsWith("Be brief.\n"))
      })
    )

    it.effect("sends its sampling settings", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => "answer: France")
        const warm = Candidate.set(Candidate.defaults(), answer, {
          ...defaults,
          settings: new LMParams({ temperature: 0.5, topP: 0.9 })
        })
        yield* answer(input).pipe(Candidate.provide(warm), Effect.provide(layer))
        assert.deepStrictEqual([requests[0].settings?.temperature, requests[0].settings?.topP], [0.5, 0.9])
      })
    )

    it("is a hyperfunction", () => assert.isTrue(Hyperfunction.isHyperfunction(answer)))

    it("has its prompt and its settings tuned", () =>
      assert.deepStrictEqual(
        answer.params.fields.map(({ frozen, path }) => [path, frozen]),
        [
          ["instruction", false],
          ["demonstrations", false],
          ["settings.temperature", false],
          ["settings.topP", false],
          ["settings.presencePenalty", false],
          ["settings.frequencyPenalty", false],
          ["settings.maxTokensFraction", false]
        ]
      ))
  })

  describe("what went wrong there", () => {
    it.effect("answers of several lines were cut to the first", () =>
      Effect.map(parse({ a: Schema.String, b: Schema.String })("a: one\ntwo\n\nthree: 3\nb: four"), (output) =>
        assert.deepStrictEqual(output, { a: "one\ntwo\n\nthree: 3", b: "four" })
      )
    )

    it.effect("age was found in language", () =>
      Effect.map(parse({ age: Schema.Number, language: Schema.String })("language: 99\nage: 3"), (output) =>
        assert.deepStrictEqual(output, { age: 3, language: "99" })
      )
    )

    it.effect("bold names and JSON were not read", () =>
      Effect.gen(function* () {
        const read = parse({ name: Schema.String, age: Schema.Number })
        assert.deepStrictEqual(yield* read("**Name:** Ada\n**Age:** 36"), { name: "Ada", age: 36 })
        assert.deepStrictEqual(yield* read('{"name": "Ada", "age": 36}'), { name: "Ada", age: 36 })
      })
    )

    it.effect("missing outputs were left out in silence", () =>
      Effect.gen(function* () {
        const error = yield* failure(parse({ name: Schema.String, age: Schema.Number })("name: Ada"))
        assert.strictEqual(error._tag === "PredictError" && error.reason, "MissingField")
      })
    )

    it.effect("a full stop was taken off the answer", () =>
      Effect.map(parse({ answer: Schema.String })("answer: It is so."), (output) =>
        assert.deepStrictEqual(output, { answer: "It is so." })
      )
    )

    it("the names of fields were regular expressions", () =>
      assert.throws(
        () => Signature.make({ instruction: "", inputs: {}, outputs: { "a.*": Schema.String } }),
        Signature.SignatureError
      ))

    it("inputs came in random order, and fields in that of the alphabet", () => {
      const render = (given: typeof input) =>
        Either.getOrThrow(Predict.render(answer, defaults, given)).map(({ content }) => content)
      assert.deepStrictEqual(
        render({ question: input.question, context: input.context }),
        render({ context: input.context, question: input.question })
      )
      assert.strictEqual(render(input).at(-1), "context: Paris is in France.\nquestion: Where is Paris?")
    })

    it.effect("two predictions in one system were one", () =>
      Effect.gen(function* () {
        const [first, second] = ["first", "second"].map((name) => Predict.make(name, qa, { model }))
        const system = HyperSystem.make("two", {
          run: (question: string) => Effect.zip(first({ ...input, question }), second({ ...input, question }))
        })
        const { hyperfunctions } = yield* HyperSystem.evaluate(system, [Example.make("?", 0)], () => 1).pipe(
          Effect.provide(scripted(() => "answer: x").layer)
        )
        assert.deepStrictEqual(hyperfunctions, ["first", "second"])
      })
    )
  })
})
