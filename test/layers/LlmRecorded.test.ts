import { type PlatformError, SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
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

const stream = (request: Request) => Stream.unwrap(Effect.map(LLM, (llm) => llm.stream(request)))

const busy = new LLMError({
  reason: "RateLimited",
  model: "m",
  detail: "busy",
  cure: "Wait",
  status: 429,
  retryAfterMillis: 5,
  cause: new Error("what a driver said")
})

const file = Effect.map(
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()),
  (folder) => `${folder}/run/answers.jsonl`
)

const linesOf = (path: string) =>
  Effect.map(
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(path)),
    (text) => text.split("\n")
  )

const record = <A, E, R>(path: string, script: LlmScripted.Script, effect: Effect.Effect<A, E, LLM | R>) =>
  Effect.provide(effect, Layer.provide(LlmRecorded.layer({ path }), LlmScripted.layer(script)))

const replay = <A, E>(path: string, effect: Effect.Effect<A, E, LLM>) =>
  Effect.provide(effect, LlmReplayed.layer({ path }))

type Write = Effect.Effect<void, PlatformError>

const withWrites = (disk: FileSystem.FileSystem, through: (write: Write) => Write): FileSystem.FileSystem => ({
  ...disk,
  open: (path, options) =>
    Effect.map(disk.open(path, options), (opened) => ({
      ...opened,
      writeAll: (data) => through(opened.writeAll(data))
    }))
})

describe("LlmRecorded", () => {
  it.scoped("has an answer on disk before anybody can use it", () =>
    Effect.gen(function* () {
      const path = yield* file
      yield* record(
        path,
        ["one", "two"],
        Effect.gen(function* () {
          yield* complete(ask("a"))
          assert.strictEqual((yield* linesOf(path)).length, 2)
          yield* complete(ask("b"))
          assert.strictEqual((yield* linesOf(path)).length, 3)
        })
      )
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("writes failures too, but not what caused them", () =>
    Effect.gen(function* () {
      const path = yield* file
      const error = yield* Effect.flip(Effect.asVoid(record(path, [busy], complete(ask("a")))))
      assert.strictEqual(error, busy)
      const [line] = yield* linesOf(path)
      assert.include(line, "RateLimited")
      assert.notInclude(line, "what a driver said")
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("writes whole lines from hundreds of fibers", () =>
    Effect.gen(function* () {
      const path = yield* file
      const texts = Array.from({ length: 300 }, (_, k) => `${k} ${"é\n".repeat(k)}`)
      yield* record(
        path,
        ({ messages }) => messages[0]!.content,
        Effect.forEach(texts, (text) => complete(ask(text)), { concurrency: "unbounded" })
      )
      const lines = (yield* linesOf(path)).slice(0, -1)
      assert.deepStrictEqual(lines.map((line) => JSON.parse(line).completion.content).sort(), texts.sort())
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("appends to what is there, without half a line that a crash left", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* file
      yield* record(path, ["one", "gone"], Effect.zipRight(complete(ask("a")), complete(ask("b"))))
      const whole = yield* fs.readFile(path)
      for (const cut of [1, 2, 100]) {
        yield* fs.writeFile(path, whole.subarray(0, whole.length - cut))
        yield* record(path, ["two"], complete(ask("b")))
        const found = yield* replay(path, Effect.all([complete(ask("a")), complete(ask("b"))]))
        assert.deepStrictEqual(
          found.map(({ content }) => content),
          ["one", cut === 1 ? "gone" : "two"]
        )
      }
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("keeps what was paid for when the one who asked is interrupted before it is written", () =>
    Effect.gen(function* () {
      const disk = yield* FileSystem.FileSystem
      const path = yield* file
      const writing = yield* Deferred.make<void>()
      const gate = yield* Deferred.make<void>()
      const slow = withWrites(disk, (write) =>
        Deferred.succeed(writing, undefined).pipe(Effect.zipRight(Deferred.await(gate)), Effect.zipRight(write))
      )
      yield* Effect.gen(function* () {
        const asking = yield* Effect.fork(complete(ask("a")))
        yield* Deferred.await(writing)
        const interrupting = yield* Effect.fork(Fiber.interrupt(asking))
        yield* Effect.yieldNow()
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(interrupting)
      }).pipe((program) => record(path, ["paid"], program), Effect.provideService(FileSystem.FileSystem, slow))
      assert.strictEqual((yield* replay(path, complete(ask("a")))).content, "paid")
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("gives the answer all the same when the disk is full (case 68)", () =>
    Effect.gen(function* () {
      const disk = yield* FileSystem.FileSystem
      const path = yield* file
      const full = withWrites(disk, () =>
        Effect.fail(
          new SystemError({ reason: "Unknown", module: "FileSystem", method: "write", description: "ENOSPC" })
        )
      )
      const { content } = yield* Effect.provideService(
        record(path, ["one"], complete(ask("a"))),
        FileSystem.FileSystem,
        full
      )
      assert.strictEqual(content, "one")
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("says what to do about a file that cannot be opened", () =>
    Effect.gen(function* () {
      const path = yield* file
      const fs = yield* FileSystem.FileSystem
      yield* fs.makeDirectory(path, { recursive: true })
      const error = yield* Effect.flip(Effect.asVoid(record(path, [], complete(ask("a")))))
      assert.strictEqual(error.reason, "Misconfigured")
      assert.include(error.message, path)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("does not append to a file that is no recording", () =>
    Effect.gen(function* () {
      const path = yield* file
      const fs = yield* FileSystem.FileSystem
      yield* record(path, ["one"], complete(ask("a")))
      yield* fs.writeFileString(path, "my diary\nsecond page\n")
      const error = yield* Effect.flip(Effect.asVoid(record(path, ["two"], complete(ask("a")))))
      assert.include(error.message, "Line 1")
      assert.strictEqual(yield* fs.readFileString(path), "my diary\nsecond page\n")
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scoped("records a stream as it was read, and that its reader left", () =>
    Effect.gen(function* () {
      const path = yield* file
      const broken = Layer.succeed(LLM, {
        complete: () => Effect.fail(busy),
        stream: ({ messages }) =>
          Stream.concat(
            Stream.make("one ", "two "),
            messages[0]!.content === "breaks" ? Stream.fail(busy) : Stream.make("three")
          )
      })
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* Stream.mkString(stream(ask("ends"))), "one two three")
        yield* Stream.runDrain(Stream.take(stream(ask("left")), 1))
        yield* Effect.flip(Stream.runDrain(stream(ask("breaks"))))
      }).pipe(Effect.provide(Layer.provide(LlmRecorded.layer({ path }), broken)))
      yield* replay(
        path,
        Effect.gen(function* () {
          assert.deepStrictEqual([...(yield* Stream.runCollect(stream(ask("ends"))))], ["one ", "two ", "three"])
          const read: Array<string> = []
          const reading = Stream.tap(stream(ask("breaks")), (piece) => Effect.sync(() => read.push(piece)))
          assert.strictEqual((yield* Effect.flip(Stream.runDrain(reading))).reason, "RateLimited")
          assert.deepStrictEqual(read, ["one ", "two "])
          assert.strictEqual((yield* Effect.flip(Stream.runDrain(stream(ask("left"))))).reason, "NotRecorded")
        })
      )
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )
})
