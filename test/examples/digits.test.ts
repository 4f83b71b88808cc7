import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { system } from "../../examples/digits.js"
import { split as splitFlowers } from "../../examples/iris.js"
import * as DigitsReport from "../../examples/lib/digitsReport.js"
import * as Mnist from "../../examples/lib/mnist.js"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import { HyperSystem, Metric } from "../../src/index.js"

const digits = Mnist.load()

describe("the digits", () => {
  it("are ten thousand pictures of ten classes", () => {
    assert.strictEqual(digits.length, 10_000)
    assert.deepStrictEqual([...new Set(digits.map(({ label }) => label))], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const { image } of digits) assert.isTrue(image.every((ink) => ink >= 0 && ink <= 1))
  })

  it("are never both trained on and held out", () => {
    const { test, train } = Mnist.split(digits, 3)
    const trained = new Set(train)
    assert.strictEqual(test.length, 2000)
    assert.strictEqual(train.length, 8000)
    assert.isFalse(test.some((digit) => trained.has(digit)))
  })

  it("are split in another way by another seed, and in the same way by the same", () => {
    const first = Mnist.split(digits, 1).test
    assert.deepStrictEqual(Mnist.split(digits, 1).test, first)
    assert.notDeepEqual(Mnist.split(digits, 2).test, first)
  })

  it.effect("have a report with charts that needs nothing from elsewhere", () =>
    Effect.gen(function* () {
      const fileSystem = yield* FileSystem.FileSystem
      const folder = yield* fileSystem.makeTempDirectoryScoped()
      const some = Mnist.split(digits, 1).test.slice(0, 200)
      const examples = Mnist.examples(some)
      const { outputs, score } = yield* HyperSystem.evaluate(system, examples, Metric.accuracy)
      const { graph } = yield* HyperSystem.trace(system, examples[0].input)
      const curve = [0, 40, 80].map((generation) => ({ generation, reward: -1, score: -1, accuracy: 0.5 }))
      const path = yield* DigitsReport.write(`${folder}/new/report.html`, {
        seed: 1,
        backend: "wasm",
        before: 0,
        after: score,
        seconds: 1,
        curve,
        digits: some,
        outputs,
        graph
      })
      const html = yield* fileSystem.readFileString(path)
      assert.strictEqual(html.match(/<figure><div class="wide"><svg /g)?.length, 3)
      assert.match(html, /read as/)
      assert.match(html, /hidden/)
      assert.notMatch(html.replaceAll(/xmlns(:\w+)?="[^"]*"/g, ""), /https?:/)
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(DeviceWasm.layer, NodeFileSystem.layer)))
  )
})

describe("the irises", () => {
  it("hold out a third of every species", () => {
    const { test, train } = splitFlowers(1)
    assert.strictEqual(test.length, 48)
    assert.strictEqual(train.length, 102)
  })
})
