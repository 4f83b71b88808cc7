import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as BudgetLayer from "../../layers/Budget.js"
import * as Llm from "../../layers/Llm.js"
import * as TracerFile from "../../layers/TracerFile.js"
import * as TracerLangfuse from "../../layers/TracerLangfuse.js"
import * as TracerOtlp from "../../layers/TracerOtlp.js"
import * as TracerRecording from "../../layers/TracerRecording.js"
import { Budget } from "../../services/Budget.js"
import { LLM } from "../../services/LLM.js"
import { Tracer } from "../../services/Tracer.js"
import * as Artefact from "../../src/Artefact.js"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { LMParams } from "../../src/LMParams.js"
import * as TraceSummary from "../../src/TraceSummary.js"
import * as Collector from "../utils/collector.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"

const canary = "canary-7f3a9c1e5b2d"

/** In base64 too, as basic authentication sends it. */
const forms = [
  canary,
  Buffer.from(canary).toString("base64").slice(0, 20),
  Buffer.from(`u:${canary}`).toString("base64")
]

const assertClean = (sink: string, text: string) => {
  for (const form of forms) assert.isFalse(text.includes(form), `a key stands in ${sink}: ${text.slice(0, 2000)}`)
}

const everyForm = (value: unknown) =>
  `${inspect(value, { depth: 20, showHidden: true })} ${JSON.stringify(value)} ${String(value)}`

const ask = Hyperfunction.make("ask", {
  params: LMParams.space,
  run: (_, text: string) =>
    Effect.flatMap(LLM, (llm) => llm.complete({ model: "local/m", messages: [{ role: "user", content: text }] }))
})

/** What other people's programs fail with. */
const leaks = [
  new Error(`request to https://user:${canary}@api.test/v1 failed`),
  new Error(`401 for Authorization: Bearer ${canary}`),
  new Error(`bad config {"apiKey":"${canary}"}`),
  new Error("failed", { cause: new Error(`key ${canary}`, { cause: { headers: { authorization: canary } } }) }),
  Object.assign(new Error("failed"), { request: { headers: { authorization: `Bearer ${canary}` } } })
]

const leaky = Hyperfunction.make("leaky", { params: LMParams.space, run: (_, k: number) => Effect.fail(leaks[k]) })

describe("E100: a key", () => {
  for (const protocol of ["json", "protobuf"] as const) {
    it.scopedLive(`reaches no sink, from wherever it comes (${protocol})`, () =>
      Effect.gen(function* () {
        const logs: Array<string> = []
        const logger = Logger.make((entry) => void logs.push(everyForm([entry.message, Cause.pretty(entry.cause)])))
        const collector = yield* Collector.misbehaving((k) =>
          k === 0 ? { status: 500, body: `your key ${canary}` } : { status: 200 }
        )
        const server = yield* OpenAiServer.make({
          script: ({ headers }) => OpenAiServer.error(400, { message: `you sent ${headers.authorization} to me` })
        })
        const otlp: TracerOtlp.Options = {
          endpoint: collector.url.replace("//", `//u:${canary}@`),
          headers: { "x-api-key": Redacted.make(canary) },
          protocol,
          batch: 4
        }
        const config = ConfigProvider.fromMap(new Map([["LOCAL_KEY", canary]]))
        const openAi = { providers: { local: { baseUrl: server.baseUrl, apiKey: "LOCAL_KEY" } } }
        const world = Layer.mergeAll(
          Llm.layer({ openAi }),
          BudgetLayer.layer({ calls: 100 }),
          Layer.provideMerge(TracerRecording.layer(), TracerOtlp.layer(otlp))
        ).pipe(
          Layer.provideMerge(Logger.replace(Logger.defaultLogger, logger)),
          Layer.provideMerge(Logger.minimumLogLevel(LogLevel.All)),
          Layer.provideMerge(Layer.setConfigProvider(config))
        )
        const system = HyperSystem.withCandidate(
          HyperSystem.make("desk", { run: ask, hyperfunctions: [ask] }),
          Candidate.defaults()
        )
        const sinks = yield* Effect.gen(function* () {
          const refused = yield* Effect.flip(Effect.asVoid(system.run("hello")))
          yield* Effect.logError("it failed", refused)
          for (const k of leaks.keys()) yield* Effect.exit(leaky(k))
          const recorded = yield* (yield* Tracer).history
          assert.isAtLeast(recorded.calls.length, leaks.length + 2)
          return {
            "an error": everyForm(refused),
            "a stack": String(refused.stack),
            "a recording": TracerFile.encode(recorded) + TracerFile.encode(recorded, { format: "jsonl" }),
            "a summary": TraceSummary.toMarkdown(TraceSummary.make(recorded)),
            "the ledger": everyForm(yield* (yield* Budget).ledger),
            "an artefact": everyForm(yield* Artefact.encode(system)),
            "a metric": everyForm(yield* Metric.snapshot)
          }
        }).pipe(Effect.provide(world))
        for (const [sink, text] of Object.entries(sinks)) assertClean(sink, text)
        assertClean("the logs", logs.join("\n"))
        assertClean("options", everyForm({ ...otlp, endpoint: "" }))
        const langfuse = yield* TracerLangfuse.optionsOf({
          publicKey: Redacted.make("pk"),
          secretKey: Redacted.make(canary)
        })
        assertClean("options of Langfuse", everyForm(langfuse))
        const [received] = yield* server.requests
        assert.strictEqual(received.headers.authorization, `Bearer ${canary}`)
        assert.isAbove(collector.requests.length, 0)
        for (const { body, headers } of collector.requests) {
          assert.strictEqual(headers["x-api-key"], canary)
          assertClean("a span", body.toString("latin1"))
        }
        assert.match(collector.requests.map(({ body }) => body.toString("latin1")).join(), /<redacted>/)
      })
    )
  }
})
