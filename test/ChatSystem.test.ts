import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as MemoryEphemeral from "../layers/MemoryEphemeral.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as OptimizerReflective from "../layers/OptimizerReflective.js"
import { Memory, MemoryError, type MemoryService, TenantId, type Turn } from "../services/Memory.js"
import * as ChatSystem from "../src/ChatSystem.js"
import type { ConversationResult, ConversationTurn, Window } from "../src/Conversation.js"
import { ConversationError } from "../src/ConversationError.js"
import * as Example from "../src/Example.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as Metric from "../src/Metric.js"
import * as Params from "../src/Params.js"
import * as Scorer from "../src/Scorer.js"
import { instruction, labeller, learning, model, textOf, words, world } from "./utils/prompting.js"
import { failure } from "./utils/scripted.js"

const ada = TenantId.make("ada")

const grace = TenantId.make("grace")

const echo = ChatSystem.make("echo", {
  respond: ({ history, message }) => Effect.succeed({ message: `echo: ${message}`, done: history.length >= 2 })
})

const contents = ({ history }: ConversationResult) => history.map(({ content }) => content)

const says = (...conversation: ReadonlyArray<string>) => ({ conversation })

type Plain = ChatSystem.Options<never, never, ChatSystem.UserSimulator, never, never>

const refused = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.map(failure(self), (error) =>
    error instanceof ConversationError ? error : assert.fail(`not a ConversationError: ${error}`)
  )

/** A memory that keeps turns in order, and tells what it was asked. */
const noted = (overrides: Partial<MemoryService> = {}) => {
  const log: Array<string> = []
  const service = Effect.map(
    MemoryEphemeral.make,
    (memory): MemoryService => ({
      ...memory,
      recall: (tenant, query, options) =>
        Effect.zipRight(
          Effect.sync(() => log.push(`recall ${tenant} ${query} ${options?.limit}`)),
          memory.recall(tenant, query, options)
        ),
      rememberTurn: (tenant, turn) =>
        Effect.yieldNow().pipe(
          Effect.repeatN(3),
          Effect.zipRight(memory.rememberTurn(tenant, turn)),
          Effect.tap(() => Effect.sync(() => log.push(`remember ${tenant} ${turn.user}`)))
        ),
      ...overrides
    })
  )
  return { log, layer: Layer.scoped(Memory, service) }
}

const recalling = ChatSystem.make("recalling", {
  memory: {},
  respond: ({ memoryContext }) => Effect.succeed(memoryContext)
})

describe("ChatSystem", () => {
  describe("conversations", () => {
    it.effect("answers messages in turn until it is done (test_chat_agent_echo)", () =>
      Effect.gen(function* () {
        const result = yield* echo.run(says("hello", "world"))
        assert.deepStrictEqual(contents(result), ["hello", "echo: hello", "world", "echo: world"])
        assert.deepStrictEqual([result.turns, result.done, result.ending], [2, true, "done"])
        assert.strictEqual(result.finalResponse, "echo: world")
      })
    )

    it.effect("sees what was said before, without the message itself (test_chat_history_accumulates)", () =>
      Effect.gen(function* () {
        const seen: Array<ReadonlyArray<ConversationTurn>> = []
        const system = ChatSystem.make("seeing", {
          respond: ({ history, message }) => {
            seen.push(history)
            return Effect.succeed(message.toUpperCase())
          }
        })
        yield* system.run(says("a", "b", "c"))
        assert.deepStrictEqual(
          seen.map((history) => history.map(({ content, role }) => `${role} ${content}`)),
          [[], ["user a", "assistant A"], ["user a", "assistant A", "user b", "assistant B"]]
        )
      })
    )

    it.effect("ends early when it is done (test_chat_early_done)", () =>
      Effect.gen(function* () {
        const system = ChatSystem.make("brief", { respond: () => Effect.succeed({ message: "bye", done: true }) })
        const result = yield* system.run(says("1", "2", "3"))
        assert.deepStrictEqual([result.turns, result.done], [1, true])
      })
    )

    it.effect("takes a text for a reply that is not done, and keeps what a reply says of itself", () =>
      Effect.gen(function* () {
        const plain = ChatSystem.make("plain", { respond: ({ message }) => Effect.succeed(message) })
        const result = yield* plain.run(says("1", "2"))
        assert.deepStrictEqual([result.turns, result.done, result.ending], [2, false, "userEnded"])
        const sure = ChatSystem.make("sure", {
          respond: () => Effect.succeed({ message: "yes", metadata: { sure: true } })
        })
        const { history } = yield* sure.run(says("really?"))
        assert.deepStrictEqual(history[1].metadata, { sure: true })
      })
    )

    it.effect("has no turn when nothing is said", () =>
      Effect.gen(function* () {
        const result = yield* echo.run(says())
        assert.deepStrictEqual([result.history, result.turns, result.ending], [[], 0, "userEnded"])
      })
    )

    it.effect("talks to a simulated user until one of them ends it", () =>
      Effect.gen(function* () {
        const user = (history: ReadonlyArray<ConversationTurn>) =>
          Effect.succeed(history.length < 4 ? Option.some(`${history.length}`) : Option.none())
        const plain = ChatSystem.make("plain", { respond: ({ message }) => Effect.succeed(message) })
        const result = yield* plain.run({ user })
        assert.deepStrictEqual([contents(result), result.ending], [["0", "0", "2", "2"], "userEnded"])
        assert.strictEqual((yield* echo.run({ user })).ending, "done")
      })
    )

    it.effect("plays users that are plain data, with errors and requirements of their own", () =>
      Effect.gen(function* () {
        const system = ChatSystem.make("persona", {
          respond: ({ message }) => Effect.succeed(message),
          simulate: (user: { readonly patience: number }, history) =>
            history.length / 2 < user.patience
              ? Effect.map(Clock.currentTimeMillis, (now) => Option.some(`${now}`))
              : history.length > 4
                ? Effect.fail("bored" as const)
                : Effect.succeedNone
        })
        assert.strictEqual((yield* system.run({ user: { patience: 2 } })).turns, 2)
        assert.strictEqual(yield* failure(system.run({ user: { patience: 3 } })), "bored")
      })
    )

    it.effect("keeps conversations that are held at the same time apart (F113)", () =>
      Effect.gen(function* () {
        const slow = ChatSystem.make("slow", {
          respond: ({ history, message }) =>
            Effect.as(Effect.repeatN(Effect.yieldNow(), message.length), `${history.length} ${message}`)
        })
        const results = yield* Effect.forEach(
          Array.from({ length: 50 }, (_, k) => k),
          (k) => slow.run(says(`a${k}`, "b".repeat(k % 7), `c${k}`)),
          { concurrency: "unbounded" }
        )
        results.forEach((result, k) => {
          const [a, b, c] = [`a${k}`, "b".repeat(k % 7), `c${k}`]
          assert.deepStrictEqual(contents(result), [a, `0 ${a}`, b, `2 ${b}`, c, `4 ${c}`])
        })
      })
    )
  })

  describe("caps", () => {
    const endless = { user: () => Effect.succeedSome("more") }
    const never = (options: Partial<Plain> = {}) =>
      ChatSystem.make("never", { respond: () => Effect.succeed("12345678"), ...options })

    it.effect("ends a conversation that never finishes, after 100 turns or as many as it is told (F109)", () =>
      Effect.gen(function* () {
        const result = yield* never().run(endless)
        assert.deepStrictEqual([result.turns, result.ending, result.history.length], [100, "maxTurns", 200])
        assert.strictEqual((yield* never({ maxTurns: 3 }).run(endless)).turns, 3)
      })
    )

    it.effect("says that the user ended it when the script is as long as the cap", () =>
      Effect.gen(function* () {
        const system = never({ maxTurns: 2 })
        assert.strictEqual((yield* system.run(says("a", "b"))).ending, "userEnded")
        assert.strictEqual((yield* system.run(says("a", "b", "c"))).ending, "maxTurns")
      })
    )

    it.effect("ends at a number of tokens, and does not answer a message that exceeds it (F112)", () =>
      Effect.gen(function* () {
        const system = never({ maxTokens: 9 })
        const result = yield* system.run(endless)
        assert.deepStrictEqual([result.turns, result.ending], [3, "maxTokens"])
        const huge = yield* system.run(says("hi", "x".repeat(1000), "never said"))
        assert.deepStrictEqual([huge.turns, huge.ending], [1, "maxTokens"])
        assert.deepStrictEqual(contents(huge), ["hi", "12345678", "x".repeat(1000)])
        const counted = yield* never({ maxTokens: 4, tokensOf: () => 1 }).run(endless)
        assert.strictEqual(counted.turns, 2)
      })
    )

    it.effect("shows no more of the history than the window, and keeps all of it (F112)", () =>
      Effect.gen(function* () {
        const shown: Array<number> = []
        const windowed = (window: Window) =>
          ChatSystem.make("windowed", {
            window,
            respond: ({ history, message }) => {
              shown.push(history.length)
              return Effect.succeed(message)
            }
          })
        const result = yield* windowed({ turns: 2 }).run(says(..."abcdef"))
        assert.deepStrictEqual(shown, [0, 2, 4, 4, 4, 4])
        assert.strictEqual(result.history.length, 12)
        shown.length = 0
        yield* windowed({ characters: 3 }).run(says(..."abcd"))
        assert.deepStrictEqual(shown, [0, 2, 2, 2])
      })
    )

    it.effect("ends when its time is over, and loses nothing that was said", () =>
      Effect.gen(function* () {
        const slow = ChatSystem.make("slow", {
          timeout: "10 seconds",
          respond: ({ message }) => Effect.delay(Effect.succeed(`re ${message}`), "4 seconds")
        })
        const fiber = yield* Effect.fork(slow.run(says("a", "b", "c", "d")))
        yield* TestClock.adjust("10 seconds")
        const result = yield* Fiber.join(fiber)
        assert.deepStrictEqual(
          [contents(result), result.turns, result.ending],
          [["a", "re a", "b", "re b", "c"], 2, "timeout"]
        )
      })
    )

    it.effect("notices an agent that held up everything for longer than its time (F114)", () =>
      Effect.gen(function* () {
        let now = 0
        const blocking = ChatSystem.make("blocking", {
          timeout: "5 seconds",
          respond: () => {
            now += 10_000
            return Effect.succeed("at last")
          }
        })
        const clock: Clock.Clock = Object.assign(Clock.make(), {
          currentTimeMillis: Effect.sync(() => now),
          unsafeCurrentTimeMillis: () => now,
          sleep: () => Effect.never
        })
        const result = yield* Effect.withClock(blocking.run(says("a", "b")), clock)
        assert.deepStrictEqual([contents(result), result.ending], [["a", "at last"], "timeout"])
      })
    )

    it.live("can be interrupted while it talks without a pause", () =>
      Effect.gen(function* () {
        let turns = 0
        const system = never({
          maxTurns: Number.MAX_SAFE_INTEGER,
          window: { turns: 1 },
          respond: () => {
            turns++
            return Effect.succeed("yes")
          }
        })
        const result = yield* Effect.timeoutOption(system.run(endless), "20 millis")
        assert.isTrue(Option.isNone(result))
        assert.isAbove(turns, 0)
      })
    )

    for (const [name, options] of [
      ["maxTurns", { maxTurns: 0 }],
      ["maxTurns", { maxTurns: Number.NaN }],
      ["maxTokens", { maxTokens: -1 }],
      ["window.turns", { window: { turns: 0.5 } }],
      ["window.characters", { window: { characters: Number.NaN } }],
      ["timeout", { timeout: "abc" as never }],
      ["timeout", { timeout: Number.NaN }],
      ["timeout", { timeout: -1 }],
      ["timeout", { timeout: "-1 seconds" as never }],
      ["timeout", { timeout: null as never }]
    ] as const) {
      it.effect(`refuses ${inspect(options)}`, () =>
        Effect.gen(function* () {
          const { detail, reason } = yield* refused(never(options).run(says("a")))
          assert.strictEqual(reason, "InvalidOptions")
          assert.include(detail, name)
        })
      )
    }
  })

  describe("failures", () => {
    it.effect("are typed for an input that is no conversation", () =>
      Effect.gen(function* () {
        const wrong = [null, undefined, 7, {}, [], { conversation: undefined }, { conversation: "abc" }]
        for (const input of wrong) {
          const { detail, history, reason } = yield* refused(echo.run(input as never))
          assert.deepStrictEqual([reason, history], ["InvalidOptions", []], inspect(input))
          assert.include(detail, " is ")
        }
      })
    )

    it.effect("are typed for a message that is none, wherever it stands, and keep what was said before", () =>
      Effect.gen(function* () {
        const { history, reason } = yield* refused(echo.run(says("a", null as never, "b")))
        assert.deepStrictEqual([reason, history.length], ["InvalidMessage", 2])
        for (const said of [null, "b", Option.some(7)]) {
          const user = () => Effect.succeed(said as never)
          assert.strictEqual((yield* refused(echo.run({ user }))).reason, "InvalidMessage")
        }
      })
    )

    it.effect("are typed for tokens that are not counted", () =>
      Effect.gen(function* () {
        const counters: ReadonlyArray<(message: string) => number> = [
          () => Number.NaN,
          () => -1,
          () => Infinity,
          () => undefined as never,
          () => {
            throw new Error("no tokenizer")
          }
        ]
        for (const tokensOf of counters) {
          const system = ChatSystem.make("counting", {
            maxTokens: 5,
            tokensOf: (message) => (message === "A" ? tokensOf(message) : 1),
            respond: ({ message }) => Effect.succeed(message.toUpperCase())
          })
          const { detail, history, reason } = yield* refused(system.run(says("a", "b")))
          assert.deepStrictEqual([reason, history.length], ["InvalidOptions", 2])
          assert.include(detail, "tokensOf")
        }
      })
    )

    it.effect("are typed for metadata that JSON cannot hold", () =>
      Effect.gen(function* () {
        const cycle: Record<string, unknown> = {}
        cycle.self = cycle
        for (const metadata of [{ tokens: 1n }, cycle, { nested: [cycle] }, { odds: Number.NaN }, null, "sure"]) {
          const system = ChatSystem.make("odd", {
            respond: () => Effect.succeed({ message: "yes", metadata: metadata as never })
          })
          const { detail, history, reason } = yield* refused(system.run(says("a")))
          assert.deepStrictEqual([reason, history.length], ["InvalidReply", 1], inspect(metadata))
          assert.include(detail, "metadata")
        }
      })
    )

    const crashing = (thrown: unknown) =>
      ChatSystem.make("crashing", {
        respond: ({ message }) => {
          if (message !== "crash") return Effect.succeed(message)
          throw thrown
        }
      })

    it.effect("are errors of the agent's own where it has some", () =>
      Effect.gen(function* () {
        const system = ChatSystem.make("failing", { respond: () => Effect.fail("no" as const) })
        assert.strictEqual(yield* failure(system.run(says("a"))), "no")
      })
    )

    it.effect("say what had been said when the agent threw, whatever it threw (F114)", () =>
      Effect.gen(function* () {
        for (const thrown of [new Error("boom"), "boom", undefined, { boom: true }]) {
          const error = yield* refused(crashing(thrown).run(says("a", "crash", "b")))
          assert.strictEqual(error.reason, "AgentFailed")
          assert.deepStrictEqual(
            error.history.map(({ content }) => content),
            ["a", "a", "crash"]
          )
          assert.notStrictEqual(error.cure, "")
        }
      })
    )

    it.effect("are typed for a simulated user that throws, and for what is no text", () =>
      Effect.gen(function* () {
        const user = () => {
          throw new Error("boom")
        }
        assert.strictEqual((yield* refused(echo.run({ user }))).reason, "UserFailed")
        const mute = ChatSystem.make("mute", { respond: () => Effect.succeed({ done: true } as never) })
        assert.strictEqual((yield* refused(mute.run(says("a")))).reason, "InvalidReply")
        const nothing = ChatSystem.make("nothing", { respond: () => Effect.void as never })
        assert.strictEqual((yield* refused(nothing.run(says("a")))).reason, "InvalidReply")
        assert.strictEqual((yield* refused(echo.run(says(7 as never)))).reason, "InvalidMessage")
      })
    )

    it.effect("of one conversation leave the others their scores, under onFailure: missing", () =>
      Effect.gen(function* () {
        const examples = [says("a"), says("crash"), says("b")].map((input) => Example.make(input, undefined))
        const { missing, outputs, score } = yield* HyperSystem.evaluate(
          crashing("boom"),
          examples,
          Metric.perExample(({ turns }: ConversationResult) => turns),
          { onFailure: "missing" }
        )
        assert.strictEqual(score, 1)
        assert.deepStrictEqual(
          missing.map(({ example }) => example),
          [1]
        )
        assert.deepStrictEqual(outputs.map(Exit.isSuccess), [true, false, true])
      })
    )
  })

  describe("memory", () => {
    it.effect("gives the agent what is remembered of the tenant, and remembers each turn before the next", () =>
      Effect.gen(function* () {
        const { layer, log } = noted()
        const first = yield* Effect.gen(function* () {
          const memory = yield* Memory
          yield* memory.remember(ada, { content: "Ada drinks green tea" })
          yield* memory.remember(grace, { content: "Grace drinks black coffee and tea" })
          return yield* recalling.run({ ...says("which tea?", "and tea now?"), tenant: ada })
        }).pipe(Effect.provide(layer))
        const [, context, , later] = contents(first)
        assert.include(context, "green tea")
        assert.notInclude(context, "Grace")
        assert.include(later, "which tea?")
        assert.deepStrictEqual(log, [
          "recall ada which tea? undefined",
          "remember ada which tea?",
          "recall ada and tea now? undefined",
          "remember ada and tea now?"
        ])
      })
    )

    it.effect("takes at most as many and as long memories as it is told, and remembers nothing when told so", () =>
      Effect.gen(function* () {
        const { layer, log } = noted()
        const system = ChatSystem.make("bounded", {
          memory: { limit: 2, maxChars: 300, remember: false },
          respond: ({ memoryContext }) => Effect.succeed(memoryContext)
        })
        yield* Effect.gen(function* () {
          const memory = yield* Memory
          const count = yield* memory.count(ada)
          for (let k = 0; k < 20; k++) yield* memory.remember(ada, { content: `tea ${"very ".repeat(k)}${k}` })
          const { finalResponse } = yield* system.run({ ...says("tea"), tenant: ada })
          assert.isAtMost(finalResponse!.length, 300)
          assert.isAbove(finalResponse!.length, 0)
          assert.strictEqual(yield* memory.count(ada), count + 20)
        }).pipe(Effect.provide(layer))
        assert.deepStrictEqual(log, ["recall ada tea 2"])
      })
    )

    it.effect("passes the name of the conversation on", () =>
      Effect.gen(function* () {
        const turns: Array<Turn> = []
        const { layer } = noted({
          rememberTurn: (_, turn) =>
            Effect.as(
              Effect.sync(() => turns.push(turn)),
              []
            )
        })
        yield* Effect.provide(recalling.run({ ...says("a"), id: "first", tenant: ada }), layer)
        assert.deepStrictEqual(turns, [{ user: "a", assistant: "", conversation: "first" }])
      })
    )

    it.effect("does not take with it what was said and answered when it fails", () =>
      Effect.gen(function* () {
        const closed = new MemoryError({ reason: "Closed", detail: "it is closed", cure: "Open it" })
        const conversation = { ...says("a", "b", "c"), tenant: ada }
        const agent = ChatSystem.make("agent", {
          memory: {},
          respond: ({ message }) => Effect.succeed(`re ${message}`)
        })
        const cases: ReadonlyArray<readonly [Partial<MemoryService>, ReadonlyArray<string>]> = [
          [{ rememberTurn: (_, { user }) => (user === "b" ? closed : Effect.succeed([])) }, ["a", "re a", "b", "re b"]],
          [{ recall: (_, query) => (query === "b" ? closed : Effect.succeed([])) }, ["a", "re a", "b"]]
        ]
        for (const [overrides, said] of cases) {
          const error = yield* refused(Effect.provide(agent.run(conversation), noted(overrides).layer))
          assert.strictEqual(error.reason, "MemoryFailed")
          assert.isTrue(error.cause instanceof MemoryError && error.cause.reason === "Closed")
          assert.deepStrictEqual(
            error.history.map(({ content }) => content),
            said
          )
        }
      })
    )

    it.effect("is asked for nothing in a conversation whose name it could not keep", () =>
      Effect.gen(function* () {
        const { layer, log } = noted()
        for (const id of ["", "x".repeat(256), null, 7]) {
          const error = yield* refused(
            Effect.provide(recalling.run({ ...says("a"), id: id as never, tenant: ada }), layer)
          )
          assert.deepStrictEqual([error.reason, error.history, log], ["InvalidOptions", [], []])
        }
        yield* Effect.provide(recalling.run({ ...says("a"), id: "x".repeat(255), tenant: ada }), layer)
        assert.strictEqual(log.length, 2)
      })
    )

    it.effect("is asked for nothing by a system that has not asked for one", () =>
      Effect.gen(function* () {
        const { layer, log } = noted()
        const system = ChatSystem.make("forgetful", { respond: ({ memoryContext }) => Effect.succeed(memoryContext) })
        assert.strictEqual((yield* Effect.provide(system.run(says("tea")), layer)).finalResponse, "")
        assert.deepStrictEqual(log, [])
      })
    )

    it("asks for a tenant by type", () => {
      // @ts-expect-error a system with a memory needs a tenant
      assert.isFunction(() => recalling.run(says("a")))
    })
  })

  describe("tuning", () => {
    it.effect("evolution finds the number that an agent's answers depend on", () =>
      Effect.gen(function* () {
        const guess = Hyperfunction.make("guess", {
          params: Params.unbounded({ default: 0 }),
          run: (level, _: string) => Effect.as(Effect.yieldNow(), level)
        })
        const system = ChatSystem.make("guesser", {
          hyperfunctions: [guess],
          respond: ({ message }) => Effect.map(guess(message), (level) => level.toFixed(3))
        })
        const examples = [Example.make(says("warm?", "warmer?"), 2), Example.make(says("cold?"), 2)]
        const closeness = Metric.perExample(
          ({ finalResponse }: ConversationResult, target: number) => -Math.abs(Number(finalResponse) - target)
        )
        const {
          after,
          before,
          system: tuned
        } = yield* Effect.provide(
          HyperSystem.optimize(system, examples, closeness),
          OptimizerEvolution.layer({ generations: 40, population: 8, sigma: 0.2, learningRate: 0.3, seed: 1 })
        )
        assert.closeTo(before, -2, 1e-6)
        assert.isAbove(after, -0.3)
        assert.isAbove(HyperSystem.paramsOf(tuned, guess), 1.7)
      })
    )

    it.effect("prompt optimizers learn the text of an agent's instruction from whole conversations", () =>
      Effect.gen(function* () {
        const step = labeller()
        const system = ChatSystem.make("labels", {
          hyperfunctions: [step],
          respond: ({ message }) => step(message)
        })
        const asConversation = ({ expected, input }: { readonly input: string; readonly expected: string }) =>
          Example.make(says(input), expected)
        const exact = Scorer.make("label", (result: ConversationResult, expected: string) =>
          result.finalResponse === expected
            ? { score: 1, feedback: "" }
            : { score: 0, feedback: `Expected ${expected}` }
        )
        const { layer } = world(learning(1))
        const tuned = yield* HyperSystem.optimize(system, words(48).map(asConversation), exact, {
          test: words(24, 1000).map(asConversation)
        }).pipe(
          Effect.provide(Layer.provide(OptimizerReflective.layer({ model, generations: 6, demonstrations: 0 }), layer))
        )
        assert.strictEqual(tuned.before, 0)
        assert.isAbove(tuned.test!.after, 0.7)
        assert.notStrictEqual(textOf(tuned.system, step), instruction)
        assert.isUndefined(system.candidate)
      })
    )
  })
})
