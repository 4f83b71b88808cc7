import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as DeviceCpu from "../layers/DeviceCpu.js"
import type { Device } from "../services/Device.js"
import * as CallGraph from "../src/CallGraph.js"
import * as Candidate from "../src/Candidate.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Params from "../src/Params.js"
import * as Tensor from "../src/Tensor.js"

const dense = (name: string, outDim: number, inDim: number) =>
  Hyperfunction.tensor(name, {
    params: LoRAWeight.create({ outDim, inDim, noiseRank: 1 }),
    run: (weight, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight))
  })

const plain = <In extends ReadonlyArray<unknown>, A, E = never>(
  name: string,
  run: (...args: In) => Effect.Effect<A, E>
) => Hyperfunction.make(name, { params: Params.none, run: (_, ...args: In) => run(...args) })

/** Edges as "from → to", those by equal value marked. */
const edgesOf = ({ graph }: CallGraph.CallGraph): ReadonlyArray<string> => {
  const nodes = CallGraph.nodes({ graph })
  return [...graph.edges.values()].map(({ data, source, target }) =>
    [nodes[source].name, data === "value" ? "~" : "→", nodes[target].name].join(" ")
  )
}

const namesOf = (graph: CallGraph.CallGraph): ReadonlyArray<string> => CallGraph.nodes(graph).map(({ name }) => name)

const stagesOf = (graph: CallGraph.CallGraph): ReadonlyArray<ReadonlyArray<string>> =>
  CallGraph.stages(graph).map((stage) => stage.map(({ name }) => name))

const traced = <I, O, E>(run: (input: I) => Effect.Effect<O, E, Device>, input: I) =>
  HyperSystem.trace(HyperSystem.make("traced", { run }), input).pipe(Effect.provide(DeviceCpu.layer))

const x = Tensor.from([1, -1])

describe("Trace", () => {
  it.effect("has the calls in order, their kinds and shapes, and the output", () =>
    Effect.gen(function* () {
      const [a, b] = [dense("step_a", 3, 2), dense("step_b", 4, 3)]
      const { exit, graph } = yield* traced((x: Tensor.Tensor) => Effect.flatMap(a(x), b), x)
      assert.deepStrictEqual(Exit.getOrElse(exit, () => Tensor.from(0)).shape, [4])
      assert.deepStrictEqual(
        CallGraph.nodes(graph).map(({ failed, inputs, kind, name, outputs }) => ({
          failed,
          inputs,
          kind,
          name,
          outputs
        })),
        [
          { name: "step_a", kind: "tensor", inputs: [[2]], outputs: [[3]], failed: false },
          { name: "step_b", kind: "tensor", inputs: [[3]], outputs: [[4]], failed: false }
        ]
      )
      assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 1), [0])
    })
  )

  it.effect("has stages: step_a beside step_b, then step_c", () =>
    Effect.gen(function* () {
      const [a, b, c] = [dense("step_a", 3, 2), dense("step_b", 3, 2), dense("step_c", 1, 3)]
      for (const concurrency of [1, "unbounded"] as const) {
        const run = (x: Tensor.Tensor) =>
          Effect.flatMap(Effect.all([a(x), b(x)], { concurrency }), ([left, right]) => c(Tensor.add(left, right)))
        const { graph } = yield* traced(run, x)
        assert.deepStrictEqual(stagesOf(graph), [["step_a", "step_b"], ["step_c"]])
        assert.deepStrictEqual(edgesOf(graph), ["step_a → step_c", "step_b → step_c"])
      }
    })
  )

  it.effect("has the milliseconds of every call from the start of the run", () =>
    Effect.gen(function* () {
      const slow = plain("slow", (n: number) => Effect.delay(Effect.succeed(n + 0.5), Duration.millis(30)))
      const slower = plain("slower", (n: number) => Effect.delay(Effect.succeed(n + 0.5), Duration.millis(100)))
      const run = (n: number) =>
        Effect.sleep("5 millis").pipe(
          Effect.zipRight(Effect.all([slow(n), slower(n)], { concurrency: 2 })),
          Effect.flatMap(([a]) => slow(a))
        )
      const fiber = yield* Effect.fork(traced(run, 1))
      for (const step of [5, 30, 70, 30]) yield* TestClock.adjust(Duration.millis(step))
      const { graph } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        CallGraph.nodes(graph).map(({ span }) => span),
        [
          { start: 5, end: 35 },
          { start: 5, end: 105 },
          { start: 105, end: 135 }
        ]
      )
      assert.include(CallGraph.toMermaid(graph), "slower · 100.0 ms")
    })
  )

  it.effect("follows tensors through arithmetic, slices, reshapes and stacks", () =>
    Effect.gen(function* () {
      const [a, b, c] = [dense("a", 4, 2), dense("b", 4, 2), dense("c", 1, 4)]
      const run = (x: Tensor.Tensor) =>
        Effect.gen(function* () {
          const [fromA, fromB] = [yield* a(x), yield* b(Tensor.neg(x))]
          const onlyA = Tensor.reshape(Tensor.slice(Tensor.softmax(fromA), { start: 0, length: 4 }), [1, 4])
          const mixed = Tensor.mul(Tensor.sub(onlyA, Tensor.mean(fromB)), 2)
          return [yield* c(onlyA), yield* c(mixed), yield* c(Tensor.zeros([4]))]
        })
      const { graph } = yield* traced(run, x)
      assert.deepStrictEqual(edgesOf(graph), ["a → c", "a → c", "b → c"])
      assert.deepStrictEqual(
        [2, 3, 4].map((node) => CallGraph.dependenciesOf(graph, node)),
        [[0], [0, 1], []]
      )
    })
  )

  it.effect("has combine and split as nodes, each once", () =>
    Effect.gen(function* () {
      const [a, b] = [dense("a", 3, 2), dense("b", 2, 2)]
      const [left, right, last] = [dense("left", 1, 1), dense("right", 1, 4), dense("last", 1, 5)]
      const run = (x: Tensor.Tensor) =>
        Effect.gen(function* () {
          const joined = Tensor.combine([yield* a(x), yield* b(x)])
          const [one, four] = Tensor.split(Tensor.mul(joined, 2), [1, 4])
          yield* left(one)
          yield* right(four)
          return yield* last(joined)
        })
      const { graph } = yield* traced(run, x)
      assert.deepStrictEqual(namesOf(graph), ["a", "b", "combine", "split", "left", "right", "last"])
      assert.deepStrictEqual(edgesOf(graph), [
        "a → combine",
        "b → combine",
        "combine → split",
        "split → left",
        "split → right",
        "combine → last"
      ])
      const [, , combine, split] = CallGraph.nodes(graph)
      assert.deepInclude(combine, { kind: "combine", inputs: [[3], [2]], outputs: [[5]], span: undefined })
      assert.deepInclude(split, { kind: "split", inputs: [[5]], outputs: [[1], [4]], span: undefined })
    })
  )

  it.effect("has the combine and split between the last call and the output", () =>
    Effect.gen(function* () {
      const [a, b] = [dense("a", 3, 2), dense("b", 2, 2)]
      const run = (x: Tensor.Tensor) =>
        Effect.zipWith(a(x), b(x), (left, right) => ({ parts: Tensor.split(Tensor.combine([left, right]), [4, 1]) }))
      const { graph } = yield* traced(run, x)
      assert.deepStrictEqual(edgesOf(graph), ["a → combine", "b → combine", "combine → split"])
    })
  )

  it.effect("follows objects by identity, and what is in them", () =>
    Effect.gen(function* () {
      class Page {
        readonly title: string
        constructor(title: string) {
          this.title = title
        }
      }
      const search = plain("search", () => Effect.succeed([new Page("one"), new Page("two")]))
      const read = plain("read", (page: Page) => Effect.succeed({ of: page.title }))
      const answer = plain("answer", (_: { readonly notes: ReadonlyArray<unknown> }) => Effect.succeed(true))
      const index = plain("index", () => Effect.succeed(new Map([["key", new Page("three")]])))
      const run = () =>
        Effect.gen(function* () {
          const pages = yield* search()
          const notes = yield* Effect.forEach(pages, (page) => read(page))
          const found = (yield* index()).get("key")!
          return [
            yield* answer({ notes }),
            yield* answer({ notes: [found] }),
            yield* answer({ notes: [new Page("new")] })
          ]
        })
      const { graph } = yield* traced(run, undefined)
      assert.deepStrictEqual(edgesOf(graph), [
        "search → read",
        "search → read",
        "read → answer",
        "read → answer",
        "index → answer"
      ])
      assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 6), [])
    })
  )

  it.effect("marks what is known by an equal number or text alone", () =>
    Effect.gen(function* () {
      const count = plain("count", () => Effect.succeed(17))
      const name = plain("name", () => Effect.succeed({ text: "seventeen" }))
      const flag = plain("flag", () => Effect.succeed(true))
      const use = plain("use", (n: number, text: string, flag: boolean) => Effect.succeed(`${n}${text}${flag}`))
      const run = () =>
        Effect.gen(function* () {
          const [n, { text }, yes] = [yield* count(), yield* name(), yield* flag()]
          return yield* use(n, text, yes)
        })
      const { graph } = yield* traced(run, undefined)
      assert.deepStrictEqual(edgesOf(graph), ["count ~ use", "name ~ use"])
      assert.include(CallGraph.toMermaid(graph), "equal value")
    })
  )

  it.effect("never makes a call depend on one that had not ended when it began", () =>
    Effect.gen(function* () {
      const shared = { id: 1 }
      const slow = plain("slow", (value: object) => Effect.delay(Effect.succeed(value), "1 second"))
      const quick = plain("quick", (value: object) => Effect.succeed([value]))
      const run = () => Effect.all([slow(shared), quick(shared), slow(shared)], { concurrency: "unbounded" })
      const fiber = yield* Effect.fork(traced(run, undefined))
      yield* TestClock.adjust("1 second")
      const { graph } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(edgesOf(graph), ["quick → slow"])
      assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 1), [])
    })
  )

  it.effect("of a call inside a call knows that the outer one gave the result", () =>
    Effect.gen(function* () {
      const inner = plain("inner", (n: number) => Effect.succeed({ n }))
      const outer = plain("outer", (n: number) => inner(n))
      const after = plain("after", (value: { readonly n: number }) => Effect.succeed(value.n))
      const { graph } = yield* traced((n: number) => Effect.flatMap(outer(n), after), 3)
      assert.deepStrictEqual(namesOf(graph), ["outer", "inner", "after"])
      assert.deepStrictEqual(edgesOf(graph), ["outer → after"])
    })
  )

  it.effect("records failures, and the calls before and after them", () =>
    Effect.gen(function* () {
      const fine = plain("fine", () => Effect.succeed(1))
      const broken = plain("broken", () => Effect.fail("no" as const))
      const dying = plain("dying", () => Effect.die(new Error("boom")))
      const run = () =>
        fine().pipe(
          Effect.zipRight(Effect.either(broken())),
          Effect.zipRight(Effect.catchAllDefect(dying(), () => Effect.void)),
          Effect.zipRight(fine()),
          Effect.zipRight(broken())
        )
      const { exit, graph } = yield* traced(run, undefined)
      assert.strictEqual(Exit.causeOption(exit).pipe(Option.flatMap(Cause.failureOption), Option.getOrNull), "no")
      assert.deepStrictEqual(
        CallGraph.nodes(graph).map(({ failed, name }) => [name, failed]),
        [
          ["fine", false],
          ["broken", true],
          ["dying", true],
          ["fine", false],
          ["broken", true]
        ]
      )
      assert.include(CallGraph.toMermaid(graph), "failed")
    })
  )

  it.effect("of a program that dies or interrupts itself is still a trace", () =>
    Effect.gen(function* () {
      const fine = plain("fine", () => Effect.succeed(1))
      for (const end of [Effect.die("boom"), Effect.interrupt]) {
        const { exit, graph } = yield* traced(() => Effect.zipRight(fine(), end), undefined)
        assert.isTrue(Exit.isFailure(exit))
        assert.deepStrictEqual(namesOf(graph), ["fine"])
      }
    })
  )

  it.effect("has calls that are still running at the end of the run, up to then", () =>
    Effect.gen(function* () {
      const endless = plain("endless", () => Effect.never)
      const brief = plain("brief", () => Effect.sleep("3 seconds"))
      const run = () => Effect.zipRight(Effect.forkDaemon(endless()), Effect.zipRight(Effect.yieldNow(), brief()))
      const fiber = yield* Effect.fork(traced(run, undefined))
      yield* TestClock.adjust("3 seconds")
      const { graph } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        CallGraph.nodes(graph).map(({ failed, name, span }) => ({ failed, name, span })),
        [
          { name: "endless", failed: false, span: { start: 0, end: 3000 } },
          { name: "brief", failed: false, span: { start: 0, end: 3000 } }
        ]
      )
    })
  )

  it.effect("runs a system with the parameters that it was tuned to", () =>
    Effect.gen(function* () {
      const gain = Hyperfunction.make("gain", {
        params: Params.unbounded({ default: 1 }),
        run: (gain, n: number) => Effect.succeed(gain * n)
      })
      const system = HyperSystem.make("tuned", { run: (n: number) => gain(n) })
      const tuned = HyperSystem.withCandidate(system, Candidate.set(Candidate.defaults(), gain, 5))
      assert.deepStrictEqual((yield* HyperSystem.trace(system, 2)).exit, Exit.succeed(2))
      assert.deepStrictEqual((yield* HyperSystem.trace(tuned, 2)).exit, Exit.succeed(10))
    })
  )

  it.effect("draws weights without initial values from its seed", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("seeded", { run: dense("seeded", 3, 2) })
      const output = (seed: number) =>
        Effect.map(HyperSystem.trace(system, x, { seed }), ({ exit }) => Exit.map(exit, Tensor.toArray))
      assert.deepStrictEqual(yield* output(1), yield* output(1))
      assert.notDeepEqual(yield* output(1), yield* output(2))
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("refuses two hyperfunctions of one name", () =>
    Effect.gen(function* () {
      const [one, two] = [plain("same", () => Effect.succeed(1)), plain("same", () => Effect.succeed(2))]
      const error = yield* Effect.flip(traced(() => Effect.zipRight(one(), two()), undefined))
      assert.strictEqual(error.reason, "DuplicateName")
    })
  )

  it.effect("is quick for values that hold themselves, are large or share much", () =>
    Effect.gen(function* () {
      const knot: Array<unknown> = []
      knot.push(knot)
      const give = plain("give", (_: unknown) => Effect.succeed({ knot, bytes: new Uint8Array(2 ** 22) }))
      const take = plain("take", (_: unknown) => Effect.succeed(0))
      const layers = dense("layers", 2, 2)
      const run = (x: Tensor.Tensor) =>
        Effect.gen(function* () {
          const given = yield* give(knot)
          yield* take({ given })
          yield* take(given.bytes)
          let value = yield* layers(x)
          for (let k = 0; k < 60; k++) value = Tensor.add(value, Tensor.mul(value, 0.5))
          return yield* layers(Tensor.tanh(value))
        })
      const { graph } = yield* traced(run, x)
      assert.deepStrictEqual(edgesOf(graph), ["give → take", "give → take", "layers → layers"])
    })
  )

  it.effect("is interrupted with its run", () =>
    Effect.gen(function* () {
      let ended = 0
      const endless = plain("endless", () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++)))
      const fiber = yield* Effect.fork(traced(() => endless(), undefined))
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.strictEqual(ended, 1)
    })
  )
})
