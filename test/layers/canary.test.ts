import { inspect } from "node:util"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ArtefactFile from "../../layers/ArtefactFile.js"
import * as LlmOpenAi from "../../layers/LlmOpenAi.js"
import * as LlmRecorded from "../../layers/LlmRecorded.js"
import * as LlmTraced from "../../layers/LlmTraced.js"
import * as MemoryPg from "../../layers/MemoryPg.js"
import * as MetricsOtlp from "../../layers/MetricsOtlp.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import * as Report from "../../layers/Report.js"
import * as RunLogFile from "../../layers/RunLogFile.js"
import * as TracerFile from "../../layers/TracerFile.js"
import * as TracerOtlp from "../../layers/TracerOtlp.js"
import * as TracerOtlpGrpc from "../../layers/TracerOtlpGrpc.js"
import * as TracerRecording from "../../layers/TracerRecording.js"
import { LLM } from "../../services/LLM.js"
import { Tracer } from "../../services/Tracer.js"
import * as Candidate from "../../src/Candidate.js"
import * as ChatSystem from "../../src/ChatSystem.js"
import * as Environment from "../../src/Environment.js"
import * as Example from "../../src/Example.js"
import * as GameSystem from "../../src/GameSystem.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Metric from "../../src/Metric.js"
import * as Params from "../../src/Params.js"
import * as Tracing from "../../src/Tracing.js"
import * as Collector from "../utils/collector.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"

const canary = "canary-91d4c7e0aa36"

const forms = [canary, Buffer.from(`u:${canary}`).toString("base64")]

const everyForm = (value: unknown) =>
  `${inspect(value, { depth: 20, showHidden: true })} ${JSON.stringify(value)} ${String(value)}`

const assertClean = (sink: string, text: string) => {
  for (const form of forms) {
    const at = text.indexOf(form)
    assert.strictEqual(at, -1, `a key stands in ${sink}: ${text.slice(Math.max(0, at - 200), at + 50)}`)
  }
}

/** What others throw, with a key where they put it. */
const thrown = () =>
  Object.assign(
    new Error(`connect https://u:${canary}@world.test failed: api_key=${canary}`, {
      cause: new Error(`token: ${canary}`)
    }),
    { request: { headers: { authorization: `Bearer ${canary}` } } }
  )

const boom = () => {
  throw thrown()
}

const world = (broken: "reset" | "step") =>
  Environment.fromTransitions({
    name: "world",
    observations: Schema.Int,
    actions: Schema.Int,
    maxSteps: 3,
    start: (seed: number) => (broken === "reset" ? boom() : seed),
    observe: (state) => state,
    step: (state: number) => (broken === "step" ? boom() : { state, reward: 0, terminated: true })
  })

const act = () => Effect.succeed(1)

const model = (name: string, text = "hello") =>
  Effect.flatMap(LLM, (llm) => llm.complete({ model: `${name}/m`, messages: [{ role: "user", content: text }] }))

const seeds = [Example.make({ seed: 1 }, undefined)]

/** Everything that can fail with a key in it, from wherever it comes. */
const failing: Readonly<Record<string, Effect.Effect<unknown, unknown, LLM>>> = {
  "a key of the configuration that a provider echoes": model("echo"),
  "a key in a header that a provider echoes": model("header"),
  "a key of somebody else's in a provider's error": model("foreign"),
  "a password in a base URL": model("user"),
  "an environment that throws as it begins": GameSystem.make("a", { environment: world("reset"), act }).run({
    seed: 1
  }),
  "an environment that throws in a step": GameSystem.make("b", { environment: world("step"), act }).run({ seed: 1 }),
  "an agent that throws": ChatSystem.make("c", { respond: boom }).run({ conversation: ["hello"] }),
  "a metric that throws": HyperSystem.evaluate(
    HyperSystem.make("d", { run: ({ seed }: { readonly seed: number }) => Effect.succeed(seed) }),
    seeds,
    Metric.perExample(boom)
  ),
  "the password of a database": Effect.scoped(
    MemoryPg.make({ url: Redacted.make(`postgres://u:${canary}@127.0.0.1:9/db`), connectTimeout: "1 second" })
  )
}

const redact = (text: string) => text.replaceAll(canary, "<mine>")

describe("E100: a canary", () => {
  it.scopedLive("that comes from anywhere is in no span, metric, log, recording or error", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const logs: Array<string> = []
      const logger = Logger.make((entry) => void logs.push(everyForm([entry.message, Cause.pretty(entry.cause)])))
      const http = yield* Collector.misbehaving(() => ({ status: 200 }))
      const grpc = yield* Collector.realGrpc
      const server = yield* OpenAiServer.make({
        script: ({ body, headers }) =>
          JSON.stringify(body).includes("fine")
            ? OpenAiServer.completion("done")({ body } as never)
            : OpenAiServer.error(400, {
                message: `you sent ${headers.authorization} and ${headers["x-api-key"]}; db_password=${canary}`
              })
      })
      const openAi = LlmOpenAi.layer({
        providers: {
          echo: { baseUrl: server.baseUrl, apiKey: "ECHO_KEY" },
          header: { baseUrl: server.baseUrl, headers: { "x-api-key": canary } },
          foreign: { baseUrl: server.baseUrl },
          user: { baseUrl: server.baseUrl.replace("//", `//u:${canary}@`) }
        }
      })
      const llm = LlmTraced.layer.pipe(
        Layer.provide(LlmRecorded.layer({ path: `${folder}/calls.jsonl` })),
        Layer.provide(openAi)
      )
      const config = ConfigProvider.fromMap(new Map([["ECHO_KEY", canary]]))
      const key = { "x-api-key": Redacted.make(canary) }
      const withUser = (url: string) => url.replace("//", `//u:${canary}@`)
      const conventions = ["openinference", "langfuse"] as const
      const exporters = {
        http: Layer.merge(
          TracerOtlp.layer({ endpoint: withUser(http.url), headers: key, conventions }),
          MetricsOtlp.layer({ endpoint: withUser(http.url), headers: key, protocol: "json" })
        ),
        grpc: TracerOtlpGrpc.layer({ endpoint: withUser(grpc.url), headers: key, conventions })
      }
      const logged = Layer.mergeAll(
        Logger.replace(Logger.defaultLogger, logger),
        Logger.minimumLogLevel(LogLevel.All),
        Layer.setConfigProvider(config)
      )
      for (const exporter of [exporters.http, exporters.grpc]) {
        yield* Effect.gen(function* () {
          for (const [from, program] of Object.entries(failing)) {
            const error = yield* Effect.flip(Effect.asVoid(program))
            yield* Effect.logError(`failed: ${from}`, error)
            assertClean(`the error of ${from}`, `${everyForm(error)} ${String((error as Error).stack)}`)
          }
          yield* Tracing.provide(model("echo", `fine, my key is ${canary}`), { content: { redact } })
          const recorded = yield* (yield* Tracer).history
          assert.isAtLeast(recorded.calls.length, 7)
          assertClean("a recording", TracerFile.encode(recorded) + TracerFile.encode(recorded, { format: "jsonl" }))
        }).pipe(
          Effect.provide(
            llm.pipe(
              Layer.provideMerge(TracerRecording.layer()),
              Layer.provideMerge(exporter),
              Layer.provideMerge(logged)
            )
          )
        )
      }
      assertClean("the logs", logs.join("\n"))
      assert.isAbove(http.requests.length, 1)
      for (const { body } of http.requests) assertClean("what is sent by HTTP", body.toString("latin1"))
      assert.isAbove(grpc.spans().length, 10)
      assertClean("what is sent by gRPC", JSON.stringify(grpc.spans()) + grpc.resources())
      assert.include(JSON.stringify(grpc.spans()), "<mine>")
      const [, ...failures] = (yield* fs.readFileString(`${folder}/calls.jsonl`)).split("\n").reverse()
      const lines = failures.filter((line) => line.includes('"kind":"failure"'))
      assert.lengthOf(lines, 8)
      for (const line of lines) assertClean("a line of recorded calls", line)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("that a search comes upon is not in its log, its report or an artefact", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const server = yield* OpenAiServer.make({
        script: ({ headers }) => OpenAiServer.error(400, { message: `you sent ${headers.authorization}` })
      })
      const openAi = LlmOpenAi.layer({
        providers: {
          echo: { baseUrl: server.baseUrl, apiKey: "ECHO_KEY" },
          header: { baseUrl: server.baseUrl, headers: { "x-api-key": canary } },
          foreign: { baseUrl: server.baseUrl },
          user: { baseUrl: server.baseUrl.replace("//", `//u:${canary}@`) }
        }
      })
      const llm = Layer.provide(LlmTraced.layer, openAi)
      const config = Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["ECHO_KEY", canary]])))
      for (const [from, program] of Object.entries(failing)) {
        const path = `${folder}/run.jsonl`
        let calls = 0
        const step = Hyperfunction.make("step", {
          params: Params.struct({ threshold: Params.bounded({ min: 0, max: 1, default: 0.5 }) }),
          run: () => Effect.suspend(() => (++calls === 1 ? Effect.succeed(0) : Effect.asVoid(program)))
        })
        const system = HyperSystem.make("searched", { run: () => step() })
        const evolution = OptimizerEvolution.layer({
          generations: 2,
          population: 4,
          sigma: 0.1,
          learningRate: 0.1,
          seed: 1
        })
        const optimizer = Layer.provide(RunLogFile.layer(path), evolution)
        const error = yield* HyperSystem.optimize(system, [Example.make(1, 0)], () => 0, { mode: "sequential" }).pipe(
          Effect.asVoid,
          Effect.flip,
          Effect.provide(Layer.provideMerge(Layer.mergeAll(optimizer, TracerRecording.layer(), llm), config))
        )
        assertClean(`the error of a search that met ${from}`, everyForm(error))
        const log = yield* fs.readFileString(path)
        assert.include(log, '"_tag":"Failed"')
        assertClean(`the log of a search that met ${from}`, log)
        yield* Report.write(yield* RunLogFile.load(path), `${folder}/report.html`)
        assertClean(`the report of a search that met ${from}`, yield* fs.readFileString(`${folder}/report.html`))
        yield* ArtefactFile.save(HyperSystem.withCandidate(system, Candidate.defaults()), `${folder}/model.json`)
        assertClean("an artefact", yield* fs.readFileString(`${folder}/model.json`))
      }
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
