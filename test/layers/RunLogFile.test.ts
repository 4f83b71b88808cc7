import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Budgets from "../../layers/Budget.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import * as RunLogFile from "../../layers/RunLogFile.js"
import * as TracerRecording from "../../layers/TracerRecording.js"
import { Budget } from "../../services/Budget.js"
import type { Optimizer } from "../../services/Optimizer.js"
import { RunLogger } from "../../services/RunLogger.js"
import * as Example from "../../src/Example.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as LoggedRun from "../../src/LoggedRun.js"
import * as Metric from "../../src/Metric.js"
import * as Params from "../../src/Params.js"
import type * as Event from "../../src/RunEvent.js"
import * as RunLog from "../../src/RunLog.js"
import { ended, generation, started } from "../utils/logged.js"

class Broken extends Data.TaggedError("Broken")<{ readonly message: string }> {}

const evolution = OptimizerEvolution.layer({ generations: 3, population: 4, sigma: 0.1, learningRate: 0.5, seed: 1 })

const score = Metric.perExample((output: number) => output)

const examples = [1, 2, 3].map((input) => Example.make(input, 0))

/** Gets better the nearer its one number is to 1. */
const aiming = (before: Effect.Effect<unknown, Error> = Effect.void) => {
  const aim = Hyperfunction.make("aim", {
    params: Params.struct({ at: Params.unbounded({ default: 0 }) }),
    run: ({ at }, _: number) => Effect.as(before, -Math.abs(at - 1))
  })
  return HyperSystem.make("aiming", { run: (n: number) => aim(n) })
}

const logged = (file: string, optimizer: Layer.Layer<Optimizer> = evolution) =>
  Layer.provide(RunLogFile.layer(file), optimizer)

const inFolder = <A, E>(
  test: (file: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, FileSystem.FileSystem>
): Effect.Effect<A, unknown> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "hyperfunc-log-" })
    return yield* test(`${folder}/logs/run.jsonl`, fs)
  }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))

const eventsOf = (file: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    return yield* RunLog.parse(yield* fs.readFileString(file), file)
  })

const tags = (events: ReadonlyArray<Event.RunEvent>): ReadonlyArray<string> => events.map(({ _tag }) => _tag)

const plain = ["Started", "Generation", "Generation", "Generation", "Generation"]

describe("a logged optimization", () => {
  it.effect("is in the file from the start to the end, with what optimize gives", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        const result = yield* HyperSystem.optimize(aiming(), examples, score).pipe(Effect.provide(logged(file)))
        const events = yield* eventsOf(file)
        assert.deepStrictEqual(tags(events), [...plain, "Ended"])
        const run = yield* RunLogFile.load(file)
        assert.deepInclude(LoggedRun.summary(run), {
          system: "aiming",
          outcome: "ended",
          stopped: "generations",
          before: result.before,
          after: result.after,
          generations: 3
        })
        assert.deepStrictEqual(run.started.values, { "aim.at": 0 })
        assert.closeTo(Number(LoggedRun.bestValues(run)["aim.at"]), 1 + result.after, 1e-12)
        assert.isFalse(run.generations[0].best.values !== undefined, "the start has changed nothing")
      })
    )
  )

  it.effect("says what it said without a log", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        const run = HyperSystem.optimize(aiming(), examples, score)
        const silent = yield* Effect.provide(run, evolution)
        const other = yield* Effect.provide(run, logged(file))
        assert.deepStrictEqual(
          other.history.map(({ best, score }) => [score, best.score]),
          silent.history.map(({ best, score }) => [score, best.score])
        )
      })
    )
  )

  it.effect("is written while it goes on: a stream that is left has its lines in the file already", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        const seen = yield* HyperSystem.optimizeStream(aiming(), examples, score).pipe(
          Stream.mapEffect(() => Effect.map(eventsOf(file), tags)),
          Stream.take(2),
          Stream.runCollect,
          Effect.provide(logged(file))
        )
        assert.deepStrictEqual(Chunk.toReadonlyArray(seen), [plain.slice(0, 2), plain.slice(0, 3)])
        const last = (yield* eventsOf(file)).at(-1)
        assert.deepInclude(last, { _tag: "Ended" })
        assert.notProperty(last, "stopped")
      })
    )
  )

  it.effect("ends with the failure of what was tuned", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        let calls = 0
        const breaking = Effect.suspend(() =>
          ++calls > 10 ? Effect.fail(new Broken({ message: "no more sk-aaaaaaaaaaaaaaaaaaaaaaaa" })) : Effect.void
        )
        yield* Effect.exit(HyperSystem.optimize(aiming(breaking), examples, score).pipe(Effect.provide(logged(file))))
        const last = (yield* eventsOf(file)).at(-1)
        assert.strictEqual(last?._tag, "Failed")
        assert.notInclude(JSON.stringify(last), "aaaaaaa")
      })
    )
  )

  it.effect("ends with the interruption of who waited for it", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        let calls = 0
        const hanging = Effect.suspend(() => (++calls > 4 ? Effect.never : Effect.void))
        const fiber = yield* Effect.fork(
          HyperSystem.optimize(aiming(hanging), examples, score).pipe(Effect.provide(logged(file)))
        )
        while (calls <= 4) yield* Effect.promise(() => new Promise(setImmediate))
        yield* Fiber.interrupt(fiber)
        const last = (yield* eventsOf(file)).at(-1)
        assert.deepInclude(last, { _tag: "Failed", error: { type: "interrupted", message: "interrupted" } })
      })
    )
  )

  it.effect("that never began says why", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        const broken = aiming(Effect.fail(new Broken({ message: "no network" })))
        yield* Effect.exit(HyperSystem.optimize(broken, examples, score).pipe(Effect.provide(logged(file))))
        const events = yield* eventsOf(file)
        assert.deepStrictEqual(tags(events), ["Failed"])
        assert.include(JSON.stringify(events), "no network")
      })
    )
  )

  it.effect("has what was spent, by role, where there is a budget", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        const spending = Effect.gen(function* () {
          const budget = yield* Effect.serviceOption(Budget)
          if (budget._tag === "None") return
          const reservation = yield* budget.value.reserve({ calls: 1, tokens: 10, usd: 0.01 }, "task")
          yield* reservation.commit({ tokens: 10, usd: 0.01 })
        }).pipe(Effect.scoped, Effect.orDie)
        yield* HyperSystem.optimize(aiming(spending), examples, score).pipe(
          Effect.provide(logged(file)),
          Budgets.within({ usd: 5 })
        )
        const { generations } = yield* RunLogFile.load(file)
        assert.deepInclude(generations[0].spend?.task, { calls: 3, tokens: 30, usd: 0.03 })
        assert.isAbove(generations.at(-1)?.spend?.task?.usd ?? 0, 0.03)
      })
    )
  )

  it.effect("has the calls that a tracer recorded, of this run alone", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        yield* HyperSystem.evaluate(aiming(), examples, score)
        yield* HyperSystem.optimize(aiming(), examples, score).pipe(Effect.provide(logged(file)))
        const { calls } = yield* RunLogFile.load(file)
        assert.isAbove(calls.length, 0)
        assert.strictEqual(new Set(calls.map(({ trace }) => trace)).size, 1)
        assert.isTrue(calls.every(({ name }) => name === "aim"))
      }).pipe(Effect.provide(TracerRecording.layer()))
    )
  )

  it.effect("takes what the optimizer does not know from whoever does", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        yield* Effect.gen(function* () {
          const { append } = yield* RunLogger
          const { system } = yield* HyperSystem.optimize(aiming(), examples, score)
          yield* append(RunLog.tested({ before: 0.1, after: 0.2 }, 5))
          const ablation = yield* HyperSystem.ablate(system, examples, score, { block: "aim", how: "default" })
          yield* append(RunLog.ablated(ablation))
          yield* append(RunLog.traced((yield* HyperSystem.trace(system, 1)).graph))
        }).pipe(Effect.provide(logged(file)))
        const run = yield* RunLogFile.load(file)
        assert.deepStrictEqual(run.tested, { _tag: "Tested", before: 0.1, after: 0.2, examples: 5 })
        assert.deepStrictEqual(
          run.ablations.map(({ block }) => block),
          ["aim"]
        )
        assert.deepStrictEqual(
          run.traced?.nodes.map(({ name }) => name),
          ["aim"]
        )
      })
    )
  )

  it.effect("goes on when its log cannot be written any more, and is warned of once", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        let writes = 0
        const full = PlatformError.SystemError
        const failing: FileSystem.FileSystem = {
          ...fs,
          open: (path, options) =>
            Effect.map(fs.open(path, options), (handle) => ({
              ...handle,
              writeAll: (bytes) =>
                ++writes <= 2
                  ? handle.writeAll(bytes)
                  : Effect.fail(
                      new full({ reason: "Unknown", module: "FileSystem", method: "write", description: "full" })
                    )
            }))
        }
        const warnings: Array<unknown> = []
        const { stopped } = yield* HyperSystem.optimize(aiming(), examples, score).pipe(
          Effect.provide(
            Layer.merge(
              Layer.provide(logged(file), Layer.succeed(FileSystem.FileSystem, failing)),
              Logger.replace(
                Logger.defaultLogger,
                Logger.make(({ message }) => warnings.push(message))
              )
            )
          )
        )
        assert.strictEqual(stopped, "generations")
        assert.lengthOf(warnings, 1)
        assert.include(String(warnings[0]), "the log of the run ends here")
        assert.deepStrictEqual(tags(yield* eventsOf(file)), plain.slice(0, 2))
      })
    )
  )

  it.effect("is refused at once where no file can be", () =>
    inFolder(() =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.asVoid(Layer.build(logged("/dev/null/run.jsonl"))))
        assert.strictEqual(error.reason, "WriteFailed")
        assert.include(error.message, "/dev/null/run.jsonl: the log cannot be written. See that the folder")
      }).pipe(Effect.scoped)
    )
  )
})

describe("following a log", () => {
  /** Lets time pass until the fiber is done, and gives the files theirs. */
  const settled = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) =>
    Effect.gen(function* () {
      while ((yield* Fiber.poll(fiber))._tag === "None") {
        yield* Effect.promise(() => new Promise(setImmediate))
        yield* TestClock.adjust(Duration.millis(250))
      }
      return yield* Fiber.join(fiber)
    })

  const line = (event: Event.RunEvent) => `${RunLog.encode(event)}\n`

  it.effect("gives events as their lines are completed, and ends with the run", () =>
    inFolder((file, fs) =>
      Effect.gen(function* () {
        const parts = [
          line(started),
          line(generation(0)).slice(0, 30),
          line(generation(0)).slice(30) + line(ended),
          "{"
        ]
        yield* fs.makeDirectory(file.replace("/run.jsonl", ""))
        let seen = 0
        const follower = yield* RunLogFile.follow(file, { wait: "1 minute" }).pipe(
          Stream.tap(() => Effect.sync(() => seen++)),
          Stream.runCollect,
          Effect.fork
        )
        const turn = Effect.zipRight(
          Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
          TestClock.adjust("250 millis")
        )
        yield* Effect.repeatN(turn, 5)
        yield* fs.writeFileString(file, parts[0])
        while (seen < 1) yield* turn
        yield* fs.writeFileString(file, parts[1], { flag: "a" })
        yield* Effect.repeatN(turn, 20)
        assert.strictEqual(seen, 1)
        yield* fs.writeFileString(file, parts[2] + parts[3], { flag: "a" })
        const events = yield* settled(follower)
        assert.deepStrictEqual(tags(Chunk.toReadonlyArray(events)), ["Started", "Generation", "Ended"])
      })
    )
  )

  it.effect("does not wait for ever for a log that never comes", () =>
    inFolder((file) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Effect.flip(Stream.runDrain(RunLogFile.follow(file, { wait: "3 seconds" }))))
        const error = yield* settled(fiber)
        assert.strictEqual(error.reason, "Unreadable")
        assert.include(error.message, "there is no such file")
      })
    )
  )

  it.effect("names a line that is no event", () =>
    inFolder((file, fs) =>
      Effect.gen(function* () {
        yield* fs.makeDirectory(file.replace("/run.jsonl", ""))
        yield* fs.writeFileString(file, `${line(started)}nonsense\n`)
        const error = yield* Effect.flip(Stream.runDrain(RunLogFile.follow(file)))
        assert.deepStrictEqual([error.reason, error.line], ["Damaged", 2])
      })
    )
  )
})
