import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import { HyperSystem, Metric } from "../../src/index.js"
import { interleaved } from "./measure.js"
import * as Net from "./net.js"

/** The same population through the Python library: prints the best of five rounds in milliseconds. */
const script = `
import asyncio, time, torch
from hyperfunc import HyperSystem, Example, LoRAWeight, hyperfunction
H, O = LoRAWeight.create(32, 64, 4), LoRAWeight.create(10, 32, 4)
@hyperfunction(hp_type=H, optimize_hparams=True, optimize_prompt=False)
async def hidden(x, hp): return torch.relu(x @ hp.weight.T)
@hyperfunction(hp_type=O, optimize_hparams=True, optimize_prompt=False)
async def output(x, hp): return torch.log_softmax(x @ hp.weight.T, dim=-1)
class Net(HyperSystem):
    async def run(self, x): return await output(await hidden(x))
net = Net()
net.register_hyperfunction(hidden); net.register_hyperfunction(output)
examples = [Example({"x": torch.sin(torch.arange(64.) + 64 * k)}, k % 10) for k in range(200)]
metric = lambda preds, expected: float(sum(p[e] for p, e in zip(preds, expected)) / len(expected))
base = net.get_hp_state()
async def main():
    best = float("inf")
    for _ in range(5):
        candidates = [{k: v + 0.1 * torch.randn_like(v) for k, v in base.items()} for _ in range(32)]
        begun = time.perf_counter()
        await net.evaluate_population(candidates, examples, metric)
        best = min(best, (time.perf_counter() - begun) * 1000)
    print(best)
asyncio.run(main())
`

/**
 * What a command prints; or the last thing that it complained of.
 */
export const command = (file: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}) =>
  Effect.async<string, string>((resume, signal) => {
    execFile(file, args, { env: { ...process.env, ...env }, signal, timeout: 600_000 }, (error, stdout, stderr) => {
      const last = stderr.trim().split("\n").pop()
      resume(
        error === null ? Effect.succeed(stdout) : Effect.fail(last === undefined || last === "" ? error.message : last)
      )
    })
  })

export const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "hyperfunc-bench-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

const measured = (print: (line: string) => void) =>
  Effect.scoped(
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* command("python3", ["-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, "hyperfunc"])
      yield* command("python3", ["-m", "pip", "install", "--quiet", "--target", folder, "hyperfunc"])
      const python = Number(yield* command("python3", ["-c", script], { PYTHONPATH: folder }))
      const net = Net.network(64, 32, 10, 4)
      const examples = Net.examples(200, 64, 10)
      const { ours } = yield* interleaved(
        {
          ours: Effect.flatMap(Net.factored(net, 32, 0), (candidates) =>
            HyperSystem.evaluatePopulation(net.system, candidates, examples, Metric.logLikelihood)
          ).pipe(Effect.orDie)
        },
        5
      )
      print(`the Python library: ${python.toFixed(1)} ms, ours ${ours.best.wall.toFixed(2)} ms`)
      return python / ours.best.wall
    })
  )

/**
 * How many times faster than the Python library's `evaluate_population`; or why that is not known.
 */
export const pythonRatio = (print: (line: string) => void) =>
  measured(print).pipe(
    Effect.provide(DeviceWasm.layer),
    Effect.catchAll((reason) =>
      Effect.succeed(`python_ratio: the Python hyperfunc could not be installed or run (${String(reason)})`)
    )
  )
