import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { CallRecord, Recording } from "../services/Tracer.js"
import * as TraceSummary from "../src/TraceSummary.js"

const call = (name: string, more: Partial<CallRecord> = {}): CallRecord => ({
  operation: "hyperfunction",
  name,
  hyperfunction: name,
  id: "1",
  trace: "t",
  start: 0,
  elapsed: 0,
  success: true,
  ...more
})

const recorded = (calls: ReadonlyArray<CallRecord>, more: Partial<Recording> = {}): Recording => ({
  session: "s",
  started: 0,
  calls,
  dropped: 0,
  ...more
})

describe("TraceSummary", () => {
  it("interpolates percentiles linearly, as the original does", () => {
    const values = [10, 1, 9, 2, 8, 3, 7, 4, 6, 5]
    assert.strictEqual(TraceSummary.percentile(values, 50), 5.5)
    assert.closeTo(TraceSummary.percentile(values, 95), 9.55, 1e-12)
    assert.closeTo(TraceSummary.percentile(values, 99), 9.91, 1e-12)
    assert.strictEqual(TraceSummary.percentile([7], 95), 7)
    assert.strictEqual(TraceSummary.percentile([], 95), 0)
  })

  it("has percentiles in order, between the least and the greatest", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const { max, min, p50, p95, p99 } = TraceSummary.make(recorded(values.map((elapsed) => call("f", { elapsed }))))
          .functions[0].elapsed
        assert.isTrue(min <= p50 && p50 <= p95 && p95 <= p99 && p99 <= max)
      })
    )
  })

  it("counts calls by hyperfunction, and the spending of its models with it", () => {
    const chat = (more: Partial<CallRecord>) => call("f", { operation: "chat", name: "chat m", ...more })
    const summary = TraceSummary.make(
      recorded([
        chat({ inputTokens: 100, outputTokens: 50, cost: 0.5 }),
        chat({ inputTokens: 10, outputTokens: 5 }),
        call("f", { elapsed: 10 }),
        call("f", { elapsed: 30, success: false }),
        call("g")
      ])
    )
    assert.deepInclude(summary, { calls: 3, errors: 1, modelCalls: 2, inputTokens: 110, outputTokens: 55, cost: 0.5 })
    assert.deepStrictEqual(summary.unknown, { tokens: 0, cost: 1 })
    const [f, g] = summary.functions
    assert.deepInclude(f, { name: "f", calls: 2, errors: 1, errorRate: 0.5, modelCalls: 2, cost: 0.5 })
    assert.deepInclude(f.elapsed, { total: 40, min: 10, mean: 20, max: 30 })
    assert.notProperty(g, "cost")
  })

  it("is JSON", () => {
    const summary = TraceSummary.make(recorded([call("f")]))
    assert.deepStrictEqual(JSON.parse(TraceSummary.toJson(summary)), summary)
  })

  it("is Markdown with a title and a table, one row a hyperfunction", () => {
    const calls = Array.from({ length: 5 }, (_, k) => call("f", { success: k > 0, elapsed: 1500 }))
    const lines = TraceSummary.toMarkdown(TraceSummary.make(recorded(calls))).split("\n")
    assert.strictEqual(lines[0], "# Trace summary: s")
    assert.include(lines, "- **Errors:** 1 (20.0%)")
    assert.include(lines, "| f | 5 | 1 | 20.0% | 1.500 | 1.500 | 1.500 | 1.500 |  |  |  |")
  })

  it("is Markdown whatever a name is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("a|b", "a\nb", "<b>", "\\|", "`x`", "__proto__")), (name) => {
        const rows = TraceSummary.toMarkdown(TraceSummary.make(recorded([call(name)])))
          .split("\n")
          .filter((line) => line.startsWith("|"))
        assert.strictEqual(rows.length, 3)
        assert.strictEqual(rows[2].replace(/\\./g, "").split("|").length, 13)
        assert.notMatch(rows[2], /<[a-z]/)
      })
    )
  })
})
