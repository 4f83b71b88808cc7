import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as ModelTable from "../src/ModelTable.js"

const prices: ModelTable.Prices = {
  "openai/a": { prompt: 2, cached: 0.5, completion: 8 },
  "vllm/org/b": { prompt: 1, completion: 3 }
}

const cost = (model: string, usage: { prompt: number; completion: number; cached?: number }) =>
  Option.getOrUndefined(ModelTable.costOf(prices, model, usage))

describe("ModelTable", () => {
  it("takes what stands before the first slash for the provider, and openai where there is none", () => {
    assert.deepStrictEqual(ModelTable.parse("groq/llama"), { provider: "groq", name: "llama" })
    assert.deepStrictEqual(ModelTable.parse("openrouter/meta-llama/llama-3.3"), {
      provider: "openrouter",
      name: "meta-llama/llama-3.3"
    })
    assert.deepStrictEqual(ModelTable.parse("gpt-4o"), { provider: "openai", name: "gpt-4o" })
  })

  it("prices fresh, cached and generated tokens per million", () => {
    assert.strictEqual(cost("openai/a", { prompt: 1_000_000, completion: 0 }), 2)
    assert.strictEqual(cost("openai/a", { prompt: 1_000_000, completion: 500_000, cached: 400_000 }), 1.2 + 0.2 + 4)
    assert.strictEqual(cost("a", { prompt: 0, completion: 1000 }), 0.008)
  })

  it("prices cached tokens as fresh ones where it knows no better, and never more of them than there are", () => {
    assert.strictEqual(cost("vllm/org/b", { prompt: 1_000_000, completion: 0, cached: 1_000_000 }), 1)
    assert.strictEqual(cost("openai/a", { prompt: 1_000_000, completion: 0, cached: 9_000_000 }), 0.5)
  })

  it("knows no price of what is not in the table, however it is called", () => {
    for (const model of ["openai/b", "vllm/a", "constructor", "__proto__", ""]) {
      assert.isUndefined(cost(model, { prompt: 1, completion: 1 }))
    }
  })

  it("has a provider for every model in its prices, and no price that is free", () => {
    for (const [model, price] of Object.entries(ModelTable.prices)) {
      assert.property(ModelTable.providers, ModelTable.parse(model).provider)
      for (const dollars of Object.values(price)) assert.isAbove(dollars, 0)
    }
    for (const { baseUrl } of Object.values(ModelTable.providers)) assert.isTrue(URL.canParse(baseUrl))
  })
})
