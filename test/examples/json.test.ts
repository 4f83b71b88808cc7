import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { json } from "../../examples/json.js"
import { letters } from "../../examples/lib/orders.js"
import { simulatedClerk } from "../../examples/lib/simulatedClerk.js"
import { LLMError, type Settings } from "../../services/LLM.js"
import { exampleProcess, runExample } from "../utils/example.js"

const parses = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe("the simulated clerk", () => {
  const { test, train } = letters(1, 120)
  const broken = (settings: Settings) =>
    [...train, ...test].filter(({ input }) => {
      const messages = [{ role: "user" as const, content: `letter: ${input.letter}` }]
      return !parses(simulatedClerk({ model: "simulated/small", messages, settings }))
    }).length

  it("takes down an order as it was given", () => {
    const content =
      "letter: We need 2 × tea towel at $4.50, 1 × salad bowl at $20.00. Please ship it to Lima.\nAnna Keller"
    const request = {
      model: "simulated/small",
      messages: [{ role: "user", content }],
      settings: { temperature: 0 }
    } as const
    assert.deepStrictEqual(JSON.parse(simulatedClerk(request)), {
      customer: "Anna Keller",
      city: "Lima",
      items: [
        { name: "tea towel", quantity: 2, price: 4.5 },
        { name: "salad bowl", quantity: 1, price: 20 }
      ]
    })
  })

  it("breaks JSON more often the hotter it is", () => {
    assert.isAtMost(broken({ temperature: 0 }), 6)
    assert.isAbove(broken({ temperature: 1 }), broken({ temperature: 0.5 }))
    assert.isAbove(broken({ temperature: 2 }), 60)
  })

  it("breaks JSON more often under a presence penalty, and not less under a bonus", () => {
    assert.isAbove(broken({ temperature: 0, presencePenalty: 2 }), broken({ temperature: 0, presencePenalty: 1 }))
    assert.strictEqual(broken({ temperature: 0, presencePenalty: -2 }), broken({ temperature: 0 }))
  })
})

describe("json", () => {
  for (const seed of [1, 2]) {
    it.live(
      `finds settings under which more held-out replies decode, with seed ${seed}`,
      () =>
        Effect.gen(function* () {
          const { lines, measured } = yield* runExample(json, { seed })
          assert.isBelow(measured.before, 0.5)
          assert.isAbove(measured.after, 0.8)
          assert.isBelow(measured.cost, 1)
          const settings = measured.settings as unknown as Readonly<Record<string, number>>
          assert.isBelow(settings.temperature, 1.2)
          assert.isBelow(settings.presencePenalty, 1)
          assert.isAbove(settings.maxTokensFraction, 0.15)
          assert.isTrue(lines.some((line) => /^before: .*\d+ Truncated/.test(line)))
          assert.isTrue(lines.some((line) => /^after: .*\d+ decoded/.test(line)))
        }),
      60_000
    )
  }

  it.live("fails, and scores nothing, when there is no key", () =>
    Effect.gen(function* () {
      const run = runExample(json, { seed: 1, model: "openai/gpt-4o-mini" })
      const error = yield* Effect.asVoid(run).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map())),
        Effect.flip
      )
      assert.instanceOf(error, LLMError)
      assert.match((error as LLMError).message, /OPENAI_API_KEY is not set\. Set OPENAI_API_KEY/)
    })
  )

  it.live(
    "prints nothing but one JSON object under --json",
    () =>
      Effect.gen(function* () {
        const { code, stdout } = yield* exampleProcess("json", "--seed", "3", "--json")
        assert.strictEqual(code, 0)
        assert.strictEqual(stdout.trimEnd().split("\n").length, 1)
        const { after, before, example, model, seed, ...others } = JSON.parse(stdout)
        assert.deepStrictEqual({ example, model, seed }, { example: "json", model: "simulated/small", seed: 3 })
        assert.isAbove(after, before)
        assert.hasAllKeys(others, ["settings", "calls", "cost", "seconds"])
      }),
    60_000
  )
})
