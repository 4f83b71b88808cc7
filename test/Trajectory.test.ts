import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as Params from "../src/Params.js"
import * as Scorer from "../src/Scorer.js"
import * as Tensor from "../src/Tensor.js"
import * as Trajectory from "../src/Trajectory.js"

const calls = (...names: ReadonlyArray<string>): Trajectory.Trajectory => names.map((name) => ({ name }))

const names = (trajectory: Trajectory.Trajectory) => trajectory.map(({ name }) => name)

const trajectory = FastCheck.array(FastCheck.constantFrom("a", "b", "c"), { maxLength: 8 }).map((of) => calls(...of))

describe("Trajectory", () => {
  describe("compare", () => {
    it("finds equal trajectories exact", () => {
      const report = Trajectory.compare(calls("a", "b", "a"), calls("a", "b", "a"))
      assert.deepStrictEqual(report, {
        exact: true,
        inOrder: true,
        matched: 3,
        precision: 1,
        recall: 1,
        f1: 1,
        efficiency: 1,
        missing: [],
        unexpected: []
      })
    })

    it("takes calls between the expected ones for detours", () => {
      const { efficiency, exact, f1, inOrder, precision, recall, unexpected } = Trajectory.compare(
        calls("a", "x", "b", "x"),
        calls("a", "b")
      )
      assert.deepStrictEqual([exact, inOrder, precision, recall, efficiency], [false, true, 0.5, 1, 0.5])
      assert.closeTo(f1, 2 / 3, 1e-12)
      assert.deepStrictEqual(names(unexpected), ["x", "x"])
    })

    it("counts calls in another order, but not as in order", () => {
      const { exact, f1, inOrder } = Trajectory.compare(calls("b", "a"), calls("a", "b"))
      assert.deepStrictEqual([exact, inOrder, f1], [false, false, 1])
    })

    it("counts equal calls as often as they are expected", () => {
      const report = Trajectory.compare(calls("a", "a", "a"), calls("a", "a", "b"))
      assert.strictEqual(report.matched, 2)
      assert.closeTo(report.precision, 2 / 3, 1e-12)
      assert.deepStrictEqual([names(report.missing), names(report.unexpected)], [["b"], ["a"]])
    })

    it("has shares of nothing", () => {
      const shares = (made: Trajectory.Trajectory, expected: Trajectory.Trajectory) => {
        const { efficiency, exact, f1, precision, recall } = Trajectory.compare(made, expected)
        return [exact, precision, recall, f1, efficiency]
      }
      assert.deepStrictEqual(shares([], []), [true, 1, 1, 1, 1])
      assert.deepStrictEqual(shares([], calls("a")), [false, 1, 0, 0, 0])
      assert.deepStrictEqual(shares(calls("a"), []), [false, 0, 1, 0, 0])
    })

    it("looks at inputs if told to, and lets an expected call without one have any", () => {
      const made = [
        { name: "search", input: { q: "x", limit: 1 } },
        { name: "search", input: { q: "y" } }
      ]
      const expected = [{ name: "search" }, { name: "search", input: { limit: 1, q: "x" } }]
      assert.strictEqual(Trajectory.compare(made, expected, { match: "input" }).matched, 2)
      assert.isFalse(Trajectory.compare(made, expected, { match: "input" }).inOrder)
      assert.isTrue(Trajectory.compare(made, expected).exact)
      const other = [{ name: "search", input: { q: "z" } }]
      assert.strictEqual(Trajectory.compare(made, other, { match: "input" }).matched, 0)
    })

    it("pairs as many calls as can be paired, however they match", () => {
      const made = [1, 2, 3].map((input) => ({ name: "step", input }))
      const upTo = (call: Trajectory.Call, expected: Trajectory.Call) => Number(call.input) <= Number(expected.input)
      const expected = [3, 2, 1].map((input) => ({ name: "step", input }))
      assert.strictEqual(Trajectory.compare(made, expected, { match: upTo }).matched, 3)
    })

    it.prop(
      "is as good as the largest pairing there is",
      [
        FastCheck.array(FastCheck.array(FastCheck.boolean(), { minLength: 4, maxLength: 4 }), {
          minLength: 4,
          maxLength: 4
        })
      ],
      ([table]) => {
        const indexed = [0, 1, 2, 3].map((input) => ({ name: "", input }))
        const match = (call: Trajectory.Call, expected: Trajectory.Call) =>
          table[Number(call.input)][Number(expected.input)]
        const largest = (expected: number, free: ReadonlyArray<number>): number =>
          expected === 4
            ? 0
            : Math.max(
                largest(expected + 1, free),
                ...free
                  .filter((k) => table[k][expected])
                  .map(
                    (k) =>
                      1 +
                      largest(
                        expected + 1,
                        free.filter((j) => j !== k)
                      )
                  )
              )
        assert.strictEqual(Trajectory.compare(indexed, indexed, { match }).matched, largest(0, [0, 1, 2, 3]))
      }
    )

    it.prop("keeps the laws of its shares", [trajectory, trajectory], ([made, expected]) => {
      const report = Trajectory.compare(made, expected)
      const mirrored = Trajectory.compare(expected, made)
      assert.deepStrictEqual([report.precision, report.f1], [mirrored.recall, mirrored.f1])
      assert.strictEqual(report.matched + report.missing.length, expected.length)
      assert.strictEqual(report.matched + report.unexpected.length, made.length)
      for (const share of [report.precision, report.recall, report.f1, report.efficiency]) {
        assert.isTrue(share >= 0 && share <= 1)
      }
      if (report.precision + report.recall > 0) {
        const { f1, precision, recall } = report
        assert.closeTo(f1, (2 * precision * recall) / (precision + recall), 1e-12)
      }
      assert.isTrue(!report.exact || (report.inOrder && report.f1 === 1))
      assert.isTrue(!report.inOrder || report.recall === 1)
    })

    it("pairs long trajectories", () => {
      const long = Array.from({ length: 3000 }, () => ({ name: "a" }))
      assert.strictEqual(Trajectory.compare(long, long).matched, 3000)
    })
  })

  it.effect("is read from a trace in the order of the calls, without what tensors do between them", () =>
    Effect.gen(function* () {
      const scale = Hyperfunction.tensor("scale", {
        params: Params.unbounded({ default: 2 }),
        run: (by, x: Tensor.Tensor) => Tensor.mul(x, by)
      })
      const look = Hyperfunction.make("look", {
        params: Params.unbounded({ default: 0 }),
        run: (_, n: number) => (n > 2 ? Effect.fail("large") : Effect.succeed(n))
      })
      const system = HyperSystem.make("traced", {
        run: (x: Tensor.Tensor) =>
          Effect.gen(function* () {
            const both = Tensor.combine([yield* scale(x), yield* scale(x)])
            yield* look(1)
            yield* Effect.ignore(look(3))
            return yield* scale(both)
          })
      })
      const trace = yield* HyperSystem.trace(system, Tensor.from([1]))
      assert.deepStrictEqual(names(Trajectory.fromTrace(trace)), ["scale", "scale", "look", "look", "scale"])
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("has a scorer for each of its measures, which says what to do better", () =>
    Effect.gen(function* () {
      const scorers = [
        Trajectory.exactMatch(),
        Trajectory.inOrderMatch(),
        Trajectory.precision(),
        Trajectory.recall(),
        Trajectory.f1(),
        Trajectory.efficiency()
      ]
      const grades = yield* Effect.forEach(scorers, ({ grade }) => grade(calls("a", "c", "d"), calls("a", "b")))
      const scores = grades.map(({ score }) => Math.round(100 * score) / 100)
      assert.deepStrictEqual(scores, [0, 0, 0.33, 0.5, 0.4, 0.67])
      assert.deepStrictEqual(
        [...new Set(grades.map(({ feedback }) => feedback))],
        ["Missing calls: b. Calls that were not expected: c, d"]
      )
      const swapped = yield* Trajectory.inOrderMatch().grade(calls("b", "a"), calls("a", "b"))
      assert.strictEqual(swapped.feedback, "The expected calls were made in another order")
      assert.strictEqual((yield* Trajectory.exactMatch().grade(calls("a"), calls("a"))).feedback, "")
    })
  )

  it.effect("is scored in an evaluation, over outputs that hold it", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("agent", {
        run: (tools: ReadonlyArray<string>) => Effect.succeed({ answer: 1, calls: calls(...tools) })
      })
      const metric = Scorer.contramap(Trajectory.f1(), ({ calls }: { readonly calls: Trajectory.Trajectory }) => calls)
      const examples = [
        { input: ["a", "b"], expected: calls("a", "b") },
        { input: ["a"], expected: calls("b") }
      ]
      assert.strictEqual((yield* HyperSystem.evaluate(system, examples, metric)).score, 0.5)
    })
  )
})
