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
import * as Stream from "effect/Stream"
import * as Budget from "../../layers/Budget.js"
import * as Llm from "../../layers/Llm.js"
import * as LlmCached from "../../layers/LlmCached.js"
import * as LlmRecorded from "../../layers/LlmRecorded.js"
import { LLM, type Request } from "../../services/LLM.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"

const ask = (content: string): Request => ({ model: "local/m", messages: [{ role: "user", content }] })

const complete = (request: Request) => Effect.flatMap(LLM, (llm) => llm.complete(request))

const optionsFor = (baseUrl: string): Llm.Options => ({
  openAi: {
    providers: { local: { baseUrl, apiKey: "LOCAL_API_KEY" } },
    prices: { "local/m": { prompt: 1_000_000, completion: 1_000_000 } }
  },
  retried: { base: "1 millis" }
})

const key = "sk-canary-4711-abcdefghijklmnop"

const withKey = Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["LOCAL_API_KEY", key]])))

describe("Llm", () => {
  it.scopedLive("tries again, and asks once what is asked several times", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiServer.make({ respond: () => "hello" })
      yield* server.enqueue(OpenAiServer.error(429), OpenAiServer.error(503))
      yield* Effect.gen(function* () {
        const answers = yield* Effect.forEach([1, 2, 3], () => complete(ask("a")), { concurrency: "unbounded" })
        assert.deepStrictEqual(
          answers.map(({ content }) => content),
          ["hello", "hello", "hello"]
        )
        assert.strictEqual((yield* server.requests).length, 3)
        assert.deepInclude(yield* yield* LlmCached.Statistics, { misses: 1, shared: 2 })
      }).pipe(Effect.provide(Llm.layer(optionsFor(server.baseUrl))), withKey)
    })
  )

  it.scopedLive("asks anew each time without a cache", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiServer.make({ respond: () => "hello" })
      yield* Effect.zipRight(complete(ask("a")), complete(ask("a"))).pipe(
        Effect.provide(Llm.layerUncached(optionsFor(server.baseUrl))),
        withKey
      )
      assert.strictEqual((yield* server.requests).length, 2)
    })
  )

  it.scopedLive("asks nothing that a budget in US dollars cannot pay, and gives for nothing what it knows", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiServer.make({ respond: () => "hello" })
      const layer = Llm.layer(optionsFor(server.baseUrl))
      yield* Effect.gen(function* () {
        yield* complete(ask("known"))
        const poor = Effect.provide(Effect.either(complete(ask("new"))), Budget.layer({ usd: 1 }))
        const refused = yield* poor
        assert.isTrue(refused._tag === "Left" && refused.left.reason === "BudgetExhausted")
        const free = yield* Effect.provide(complete(ask("known")), Budget.layer({ usd: 1 }))
        assert.strictEqual(free.content, "hello")
        assert.strictEqual((yield* server.requests).length, 1)
      }).pipe(Effect.provide(layer), withKey)
    })
  )

  it.scopedLive("leaves its key in no answer, error, log, recording, cache, or view of itself (case 100)", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      const server = yield* OpenAiServer.make({ respond: () => "hello" })
      yield* server.enqueue(
        OpenAiServer.error(401, { message: `Incorrect API key provided: ${key}`, headers: { "x-echo": key } }),
        OpenAiServer.error(400, { message: `bad ${key}` }),
        OpenAiServer.raw(`<html>${key}</html>`),
        OpenAiServer.completion("broken", { ending: "reset" }),
        OpenAiServer.error(403, { message: key })
      )
      const sinks: Array<string> = []
      const show = (value: unknown) => {
        sinks.push(inspect(value, { depth: 20, showHidden: true, getters: true }), String(value))
        sinks.push(JSON.stringify(value) ?? "")
      }
      const log = Logger.make((entry) => show(entry))
      const options = { ...optionsFor(server.baseUrl), retried: { attempts: 1 }, directory: `${directory}/cache` }
      const stack = Layer.provideMerge(
        LlmRecorded.layer({ path: `${directory}/answers.jsonl` }),
        Llm.layerFile(options)
      )
      const outcomes = yield* Effect.gen(function* () {
        const llm = yield* LLM
        const failures = yield* Effect.forEach([1, 2, 3, 4], (k) => Effect.exit(llm.complete(ask(`fails ${k}`))))
        const streamed = yield* Effect.exit(Stream.runCollect(llm.stream(ask("fails 5"))))
        const answers = [yield* llm.complete(ask("a")), yield* Stream.mkString(llm.stream(ask("b")))]
        show([stack, options, llm, yield* yield* LlmCached.Statistics, answers])
        yield* Effect.logDebug("over", llm)
        return [...failures, streamed]
      }).pipe(
        Effect.provide(stack),
        withKey,
        Effect.provide(Logger.replace(Logger.defaultLogger, log)),
        Logger.withMinimumLogLevel(LogLevel.All)
      )
      for (const exit of outcomes) {
        assert.isTrue(exit._tag === "Failure")
        if (exit._tag === "Failure") {
          show(exit.cause)
          show(Cause.squash(exit.cause))
          sinks.push(Cause.pretty(exit.cause, { renderErrorCause: true }))
        }
      }
      const files = yield* fs.readDirectory(directory, { recursive: true })
      const entries = files.filter((name) => name.startsWith("cache/"))
      assert.strictEqual(entries.length, 2)
      for (const name of ["answers.jsonl", ...entries]) sinks.push(yield* fs.readFileString(`${directory}/${name}`))
      assert.include(sinks.join(), "fails 5")
      const sent = yield* server.requests
      assert.isTrue(sent.every(({ headers }) => headers.authorization === `Bearer ${key}`))
      assert.strictEqual(sent.length, 7)
      for (const sink of sinks) assert.notInclude(sink, key)
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
