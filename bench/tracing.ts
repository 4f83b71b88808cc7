/**
 * What it costs to be seen: recording on the fibers path, recording and exporting a program that asks a model, and what a
 * recording holds on to.
 */
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as LlmScripted from "../layers/LlmScripted.js"
import * as LlmTraced from "../layers/LlmTraced.js"
import * as TracerOtlp from "../layers/TracerOtlp.js"
import * as TracerRecording from "../layers/TracerRecording.js"
import { LLM } from "../services/LLM.js"
import { Tracer } from "../services/Tracer.js"
import { Hyperfunction, HyperSystem, LMParams, type Tensor } from "../src/index.js"
import * as Tracing from "../src/Tracing.js"
import { collect, liveBytes, MIB } from "./lib/heap.js"
import { interleaved, ratio, show } from "./lib/measure.js"
import * as Net from "./lib/net.js"
import type { Bench } from "./lib/report.js"

/** What one leaves behind, the next is not to clean up. */
const settled = Effect.sync(collect)

const off = Effect.withTracerEnabled(false)

const recorded = Effect.provide(TracerRecording.layer())

const all = Tracing.provide({ runs: "all" })

/** Counts outputs: a metric that costs nothing. */
const count = (outputs: ReadonlyArray<Tensor>): number => outputs.length

const CALLS = 32 * 200 * 2

/** 32 candidates × 200 examples × 2 calls of tensors, on fibers. */
const population = (rounds: number) =>
  Effect.gen(function* () {
    const net = Net.network(2, 4, 1, 1)
    const candidates = yield* Net.factored(net, 32, 0)
    const run = HyperSystem.evaluatePopulation(net.system, candidates, Net.examples(200, 2, 2), count, {
      mode: "fibers"
    })
    // In pairs: what runs after "everything" is slower for it.
    return {
      sampling: yield* interleaved({ off: off(run), sampled: recorded(run) }, rounds, settled),
      recording: yield* interleaved({ off: off(run), everything: recorded(all(run)) }, rounds, settled)
    }
  })

const IN_FLIGHT = 64

/** As long as a quick model takes for a short answer. */
const LATENCY = "300 millis"

const answer = Hyperfunction.make("answer", {
  params: LMParams.space,
  run: ({ temperature }, question: string) =>
    Effect.flatMap(LLM, (llm) =>
      llm.complete({
        model: "openai/gpt-4o-mini",
        messages: [
          { role: "system", content: "Answer with one sentence." },
          { role: "user", content: question }
        ],
        settings: { temperature }
      })
    )
})

const desk = HyperSystem.make("desk", {
  run: (question: string) => Effect.flatMap(answer(question), ({ content }) => answer(content))
})

const llm = LlmTraced.layer.pipe(
  Layer.provide(
    LlmScripted.layer(() =>
      Effect.delay(Effect.succeed({ content: "It is.", usage: { prompt: 200, completion: 20 }, cost: 0.0001 }), LATENCY)
    )
  )
)

/** Takes what it is sent. */
const sink = Effect.acquireRelease(
  Effect.async<Http.Server>((resume) => {
    const server = Http.createServer((request, response) => {
      request.resume()
      request.on("end", () => response.writeHead(200).end())
    })
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.sync(() => server.close())
)

/** 128 examples, 64 at a time, two calls of a model each. */
const conversations = (rounds: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { port } = (yield* sink).address() as AddressInfo
      const exporter = yield* Effect.provide(
        TracerOtlp.make({ endpoint: `http://127.0.0.1:${port}` }),
        FetchHttpClient.layer
      )
      const examples = Array.from({ length: 2 * IN_FLIGHT }, (_, k) => ({ input: `Is it ${k}?`, expected: "It is." }))
      const run = HyperSystem.evaluate(desk, examples, (outputs) => outputs.length, { concurrency: IN_FLIGHT }).pipe(
        Effect.provide(llm)
      )
      return yield* interleaved(
        {
          off: off(run),
          recorded: recorded(run),
          exported: Effect.withTracer(recorded(run), exporter.tracer),
          content: recorded(Tracing.provide(run, { content: {} }))
        },
        rounds,
        settled
      )
    })
  )

const observe = (times: number) =>
  Effect.iterate(0, {
    while: (k) => k < times,
    body: (k) =>
      Effect.as(
        Effect.withSpan(Effect.void, "chat m", {
          captureStackTrace: false,
          attributes: {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "m",
            "gen_ai.usage.input_tokens": k,
            "hyperfunc.metric.k": k
          }
        }),
        k + 1
      )
  })

/** MiB that a recording grows by between 10⁵ observations and 10⁶. */
const growth = Effect.gen(function* () {
  yield* observe(1e5)
  const before = yield* liveBytes
  yield* observe(9e5)
  const after = yield* liveBytes
  const { calls, dropped } = yield* (yield* Tracer).history
  return { mib: (after - before) / MIB, kept: calls.length, seen: calls.length + dropped }
}).pipe(recorded)

const percent = (factor: number): string => `${((factor - 1) * 100).toFixed(1)} %`

/**
 * @since 0.1.0
 */
export const tracing: Bench = {
  name: "tracing",
  run: (print) =>
    Effect.gen(function* () {
      const rounds = 9
      const { kept, mib, seen } = yield* growth
      print(`${seen} observations, ${kept} kept: ${mib.toFixed(2)} MiB more alive than after 100000`)
      const { recording: every, sampling } = yield* population(rounds)
      print("32 candidates × 200 examples × 2 calls on fibers; best (median)")
      print(`  off ${show(sampling.off)}, as one span with statistics ${show(sampling.sampled)}`)
      print(`  off ${show(every.off)}, every run recorded ${show(every.everything)}`)
      const perCall = ((every.everything.best.cpu - every.off.best.cpu) * 1000) / CALLS
      const sampled = ratio(sampling.sampled, sampling.off)
      const everything = ratio(every.everything, every.off)
      print(`  as one span with statistics: ${percent(sampled.best)} (${percent(sampled.median)}) more`)
      print(`  every run recorded: ${perCall.toFixed(1)} µs of processor time a call, ${everything.best.toFixed(2)}×`)
      const asked = yield* conversations(rounds)
      print(`128 examples × 2 calls of a model that takes ${LATENCY}, ${IN_FLIGHT} in flight; best (median)`)
      for (const [name, summary] of Object.entries(asked)) print(`  ${name.padEnd(11)} ${show(summary)}`)
      const overhead = (name: "recorded" | "exported" | "content") => {
        const factor = ratio(asked[name], asked.off)
        print(`  ${name}: ${percent(factor.best)} (${percent(factor.median)}) more`)
        return { best: factor.best - 1, median: factor.median - 1 }
      }
      const [recording, exporting, content] = [overhead("recorded"), overhead("exported"), overhead("content")]
      return {
        figures: {
          us_per_recorded_call: perCall,
          fibers_sampled_over_off: sampled.best,
          fibers_recorded_over_off: everything.best,
          fibers_recorded_over_off_median: everything.median,
          llm_recording_overhead: recording.best,
          llm_recording_overhead_median: recording.median,
          llm_exporting_overhead: exporting.best,
          llm_exporting_overhead_median: exporting.median,
          llm_content_overhead: content.best,
          growth_mib: mib,
          observations_kept: kept
        },
        skipped: []
      }
    }).pipe(Effect.provide(DeviceWasm.layer))
}
