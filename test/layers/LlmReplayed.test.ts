import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as LlmCached from "../../layers/LlmCached.js"
import * as LlmRecorded from "../../layers/LlmRecorded.js"
import * as LlmReplayed from "../../layers/LlmReplayed.js"
import * as LlmScripted from "../../layers/LlmScripted.js"
import { LLM, LLMError, type Request } from "../../services/LLM.js"

const ask = (content: string, more: Partial<Request> = {}): Request => ({
  model: "m",
  messages: [{ role: "user", content }],
  ...more
})

const complete = (request: Request) => Effect.flatMap(LLM, (llm) => llm.complete(request))

const file = Effect.map(
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()),
  (folder) => `${folder}/answers.jsonl`
)

const record = <A, E>(path: string, script: LlmScripted.Script, effect: Effect.Effect<A, E, LLM>) =>
  Effect.provide(effect, Layer.provide(LlmRecorded.layer({ path }), LlmScripted.layer(script)))

const replay = <A, E>(path: string, effect: Effect.Effect<A, E, LLM>) =>
  Effect.provide(effect, LlmReplayed.layer({ path }))

const reasonOf = <A, R>(effect: Effect.Effect<A, LLMError, R>) => Effect.flip(Effect.asVoid(effect))

describe("LlmReplayed", () => {
  it.scoped("gives equal requests their answers in the order of the recording, failures among them", () =>
    Effect.gen(function* () {
      const path = yield* file
      const busy = new LLMError({ reason: "Overloaded", model: "m", detail: "busy", cure: "Wait", retryAfterMillis: 7 })
      const program = Effect.forEach(["a", "b", "a", "a"], (text) => Effect.either(complete(ask(text))))
      const live = yield* record(path, ["one", "two", busy, "three"], program)
      const replayed = yield* replay(path, program)
      assert.strictEqual(JSON.stringify(replayed), JSON.stringify(live))
      const failed = replayed[2]
      assert.isTrue(failed?._tag === "Left" && failed.left instanceof LLMError && failed.left.isRetryable)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("replays a whole run to the byte at any concurrency", () =>
    Effect.gen(function* () {
      const path = yield* file
      const state = { calls: 0 }
      const script: LlmScripted.Script = ({ messages, rollout }) => {
        const call = ++state.calls
        return Effect.as(Effect.yieldNow(), {
          content: `${messages[0]!.content} ${rollout} ${call}`,
          usage: { prompt: call, completion: 1 },
          cost: call / 3
        })
      }
      const texts = Array.from({ length: 60 }, (_, k) => `question ${k % 20}`)
      const run = (concurrency: number) =>
        Effect.forEach(
          texts,
          (text) =>
            Effect.forEach([0, 1], (rollout) =>
              Effect.flatMap(complete(ask(text, { rollout })), ({ content }) => complete(ask(`more on ${content}`)))
            ),
          { concurrency }
        ).pipe(Effect.map((answers) => JSON.stringify(answers)))
      const through = <A, E, R>(effect: Effect.Effect<A, E, LLM>, llm: Layer.Layer<LLM, LLMError, R>) =>
        Effect.provide(effect, Layer.provide(LlmCached.layer(), llm))
      const live = yield* through(run(8), Layer.provide(LlmRecorded.layer({ path }), LlmScripted.layer(script)))
      assert.strictEqual(state.calls, 80)
      for (const concurrency of [1, 3, 60]) {
        assert.strictEqual(yield* through(run(concurrency), LlmReplayed.layer({ path })), live)
      }
      assert.strictEqual(state.calls, 80)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("refuses what was never asked, or was asked less often, and says how to record it", () =>
    Effect.gen(function* () {
      const path = yield* file
      yield* record(path, ["one"], complete(ask("a")))
      yield* replay(
        path,
        Effect.gen(function* () {
          const unknown = yield* reasonOf(complete(ask("b")))
          assert.strictEqual(unknown.reason, "NotRecorded")
          assert.include(unknown.message, "Record the program again")
          assert.include((yield* reasonOf(complete(ask("a", { rollout: 1 })))).message, "rollout 1")
          yield* complete(ask("a"))
          assert.include((yield* reasonOf(complete(ask("a")))).message, "more often")
          const streamed = Stream.runDrain(Stream.unwrap(Effect.map(LLM, (llm) => llm.stream(ask("a")))))
          assert.strictEqual((yield* reasonOf(streamed)).reason, "NotRecorded")
        })
      )
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("finds a request again whose settings were no numbers", () =>
    Effect.gen(function* () {
      const path = yield* file
      const odd = ask("a", { settings: { temperature: Number.NaN } })
      yield* record(path, ["one"], complete(odd))
      assert.strictEqual((yield* replay(path, complete(odd))).content, "one")
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("overlooks half a last line, wherever a crash cut it (case 67)", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* file
      yield* record(path, ["one", "zwölf"], Effect.zipRight(complete(ask("a")), complete(ask("b"))))
      const whole = yield* fs.readFile(path)
      const second = whole.indexOf(10) + 1
      for (let end = second; end < whole.length - 1; end++) {
        yield* fs.writeFile(path, whole.subarray(0, end))
        yield* replay(
          path,
          Effect.gen(function* () {
            assert.strictEqual((yield* complete(ask("a"))).content, "one")
            assert.strictEqual((yield* reasonOf(complete(ask("b")))).reason, "NotRecorded")
          })
        )
      }
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("names the line of a recording that is spoiled (case 67)", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* file
      yield* record(
        path,
        ["one", "two", "three"],
        Effect.forEach(["a", "b", "c"], (text) => complete(ask(text)))
      )
      const lines = (yield* fs.readFileString(path)).split("\n")
      for (const spoiled of [lines[1]!.slice(0, 20), "{}", lines[1]!.replace("completion", "confession")]) {
        yield* fs.writeFileString(path, [lines[0], spoiled, lines[2], ""].join("\n"))
        const error = yield* reasonOf(replay(path, complete(ask("a"))))
        assert.strictEqual(error.reason, "Misconfigured")
        assert.include(error.message, `Line 2 of ${path}`)
      }
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("says that there is no recording", () =>
    Effect.gen(function* () {
      const path = yield* file
      const error = yield* reasonOf(replay(path, complete(ask("a"))))
      assert.strictEqual(error.reason, "Misconfigured")
      assert.include(error.message, path)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )
})
