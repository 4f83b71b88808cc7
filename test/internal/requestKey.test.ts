import { assert, describe, it } from "@effect/vitest"
import type { Request } from "../../services/LLM.js"
import { canonical, requestKey } from "../../src/internal/requestKey.js"

const request: Request = {
  model: "m",
  messages: [{ role: "user", content: "hi" }],
  settings: { topP: 1, temperature: 0 }
}

describe("requestKey", () => {
  it("is the same whatever the order of the keys, and whoever pays", () => {
    const other: Request = {
      settings: { temperature: 0, topP: 1 },
      messages: [{ content: "hi", role: "user" }],
      purpose: "judge",
      rollout: 0,
      tools: [],
      model: "m"
    }
    assert.strictEqual(requestKey(other), requestKey(request))
  })

  it("differs in everything that the answer depends on", () => {
    const others: ReadonlyArray<Partial<Request>> = [
      {},
      { model: "n" },
      { messages: [{ role: "system", content: "hi" }] },
      { settings: { temperature: 0 } },
      { settings: { temperature: Number.NaN } },
      { settings: { temperature: Number.POSITIVE_INFINITY } },
      { format: { name: "f", schema: { type: "string" } } },
      { tools: [{ name: "t", description: "", parameters: {} }] },
      { toolChoice: "none" },
      { rollout: 1 }
    ]
    assert.strictEqual(new Set(others.map((change) => requestKey({ ...request, ...change }))).size, others.length)
  })

  it("keeps lists in their order, and tells texts from what they look like", () => {
    const values = [[1, 2], [2, 1], "1,2", "[1,2]", ["1", "2"], { a: "b" }, '{"a":"b"}', "null", null, [null]]
    assert.strictEqual(new Set(values.map((value) => canonical(value))).size, values.length)
  })

  it("has an end for a value that holds itself, and a text for what JSON cannot say", () => {
    const loop: Record<string, unknown> = { big: 1n, gone: undefined }
    loop.self = loop
    assert.strictEqual(canonical(loop), '{"big":1,"self":cycle}')
  })
})
