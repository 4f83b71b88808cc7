import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Conversation from "../src/Conversation.js"

const { ConversationResult, ConversationTurn, assistant, last, make, user } = Conversation

const exchange = (k: number) => [user(`question ${k}`), assistant(`answer ${k}`)]

const contents = (turns: ReadonlyArray<Conversation.ConversationTurn>) => turns.map(({ content }) => content)

describe("Conversation", () => {
  it("counts the messages that were answered", () => {
    const result = make([...exchange(0), ...exchange(1), user("and?")], "timeout")
    assert.deepStrictEqual([result.turns, result.done, result.finalResponse], [2, false, "answer 1"])
  })

  it("is done only when the agent said so, and has no final response when it said nothing", () => {
    assert.isTrue(make(exchange(0), "done").done)
    for (const ending of ["userEnded", "maxTurns", "maxTokens", "timeout"] as const) {
      assert.isFalse(make(exchange(0), ending).done, ending)
    }
    assert.isUndefined(make([], "userEnded").finalResponse)
    assert.isUndefined(make([user("hello?")], "maxTokens").finalResponse)
  })

  it("is JSON of the history, the turns and the ending, without the final response (test_conversation_result_to_dict)", () => {
    const result = make([user("hello"), assistant("hi", { confidence: 0.9 })], "done")
    assert.deepStrictEqual(JSON.parse(JSON.stringify(Schema.encodeSync(ConversationResult)(result))), {
      history: [
        { role: "user", content: "hello" },
        { role: "assistant", content: "hi", metadata: { confidence: 0.9 } }
      ],
      turns: 1,
      done: true,
      ending: "done"
    })
  })

  it.effect("comes back from JSON as it was", () =>
    Effect.gen(function* () {
      const result = make([...exchange(0), user("x")], "maxTokens")
      const json = JSON.stringify(yield* Schema.encode(ConversationResult)(result))
      const back = yield* Schema.decodeUnknown(ConversationResult)(JSON.parse(json))
      assert.deepStrictEqual(back, result)
      assert.strictEqual(back.finalResponse, "answer 0")
      assert.isTrue(back.history.every((turn) => turn instanceof ConversationTurn))
    })
  )

  it.effect("refuses JSON of another kind", () =>
    Effect.gen(function* () {
      const decode = (json: unknown) => Effect.flip(Effect.asVoid(Schema.decodeUnknown(ConversationResult)(json)))
      yield* decode({ history: [{ role: "robot", content: "" }], turns: 0, done: false, ending: "done" })
      yield* decode({ history: [], turns: -1, done: false, ending: "done" })
      yield* decode({ history: [], turns: 0, done: false, ending: "bored" })
    })
  )

  describe("last", () => {
    const history = [0, 1, 2].flatMap(exchange)

    it("shows the last exchanges", () => {
      assert.deepStrictEqual(contents(last(history, { turns: 1 })), ["question 2", "answer 2"])
      assert.deepStrictEqual(last(history, { turns: 9 }), history)
      assert.deepStrictEqual(last(history, {}), history)
    })

    it("shows as many whole messages as fit, and never an answer without its question", () => {
      const length = "question 2".length + "answer 2".length
      assert.deepStrictEqual(contents(last(history, { characters: length })), ["question 2", "answer 2"])
      assert.deepStrictEqual(contents(last(history, { characters: length + 8 })), ["question 2", "answer 2"])
      assert.deepStrictEqual(last(history, { characters: length - 1 }), [])
    })

    it("keeps to the narrower of both", () => {
      assert.strictEqual(last(history, { turns: 2, characters: 20 }).length, 2)
      assert.strictEqual(last(history, { turns: 1, characters: 1000 }).length, 2)
    })
  })
})
