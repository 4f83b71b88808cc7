import type * as Effect from "effect/Effect"
import * as Example from "../../src/Example.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Metric from "../../src/Metric.js"
import * as Tensor from "../../src/Tensor.js"
const hidden = Hyperfunction.tensor("hidden", {
  params: LoRAWeight.create({ outDim: 4, inDim: 2, noiseRank: 2 }),
  run: (weight, x: Tensor.Tensor) => Tensor.relu(Tensor.linear(x, weight))
})
const xor = HyperSystem.make("xor", { run: (x: Tensor.Tensor) => hidden(x) })
const points = [Example.make(Tensor.from([0, 1]), Tensor.from([1]))]
const perExample = HyperSystem.evaluate(
  xor,
  points,
  Metric.perExample((value: Tensor.Tensor, expected: Tensor.Tensor) => Tensor.sum(Tensor.sub(value, expected)))
)
const m = Metric.perExample((value: Tensor.Tensor, expected: Tensor.Tensor) => Tensor.sum(Tensor.sub(value, expected)))
const a: Effect.Effect.Error<typeof perExample> = 1 as unknown as { z: 1 }
const b: Effect.Effect.Context<typeof perExample> = 1 as unknown as { z: 1 }
const c: typeof m = 1
const inline = HyperSystem.evaluate(
  xor,
  points,
  Metric.perExample((value, expected) => Tensor.sum(Tensor.sub(value, expected)))
)
const d: Effect.Effect.Error<typeof inline> = 1 as unknown as { z: 1 }
const two = HyperSystem.evaluate(xor, points, m)
const e: Effect.Effect.Error<typeof two> = 1 as unknown as { z: 1 }
