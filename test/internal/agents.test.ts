import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as MemoryEphemeral from "../../layers/MemoryEphemeral.js"
import { TenantId } from "../../services/Memory.js"
import * as Candidate from "../../src/Candidate.js"
import * as ChatSystem from "../../src/ChatSystem.js"
import * as Environment from "../../src/Environment.js"
import * as Example from "../../src/Example.js"
import { environment } from "../../src/environments/VectorCartPole.js"
import * as GameSystem from "../../src/GameSystem.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Metric from "../../src/Metric.js"
import * as Tensor from "../../src/Tensor.js"
import * as Tracing from "../../src/Tracing.js"
import * as VectorEnvironment from "../../src/VectorEnvironment.js"
import { collect, tree } from "../utils/spans.js"

const bot = ChatSystem.make("bot", {
  memory: {},
  respond: ({ message }) => Effect.succeed({ message: `You said ${message}`, done: true })
})

const hello = { conversation: ["hello"], tenant: TenantId.make("ada"), id: "c-1" }

const countdown = Environment.fromTransitions({
  name: "countdown",
  observations: Schema.Int,
  actions: Schema.Int,
  maxSteps: 3,
  start: (seed) => seed,
  observe: (left) => left,
  step: (left, taken) => ({ state: left - taken, reward: 0.5, terminated: left <= taken })
})

const player = GameSystem.make("player", { environment: countdown, act: () => Effect.succeed(1) })

const reward = Metric.perExample(({ totalReward }: { readonly totalReward: number }) => totalReward)

describe("spans of agents", () => {
  it.effect("tell of a conversation its name, its length and its ending, around what is asked of a memory", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(bot.run(hello))
      assert.deepStrictEqual(tree(spans), [
        "invoke_workflow bot",
        "  invoke_agent bot",
        "    search_memory ephemeral",
        "    create_memory ephemeral"
      ])
      const agent = spans.find(({ name }) => name === "invoke_agent bot")!
      assert.strictEqual(agent.kind, "internal")
      assert.deepStrictEqual(agent.attributes, {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "bot",
        "gen_ai.conversation.id": "c-1",
        "hyperfunc.conversation.turns": 1,
        "hyperfunc.conversation.ending": "done"
      })
    }).pipe(Effect.provide(MemoryEphemeral.layer))
  )

  it.effect("tell of an episode its seed, its steps and its reward", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(player.run({ seed: 2 }))
      assert.deepStrictEqual(tree(spans), ["invoke_workflow player", "  invoke_agent player"])
      assert.deepStrictEqual(spans[0].attributes, {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "player",
        "hyperfunc.environment": "countdown",
        "hyperfunc.episode.seed": 2,
        "hyperfunc.episode.steps": 2,
        "hyperfunc.episode.reward": 1,
        "hyperfunc.episode.truncated": false
      })
    })
  )

  it.effect("tell of an episode in tensors its steps and its reward", () =>
    Effect.gen(function* () {
      const still = GameSystem.vectorised("still", {
        environment,
        policy: () => Effect.succeed(Tensor.from([1]))
      })
      const [start] = VectorEnvironment.episodes(environment, [1])
      const { spans } = yield* collect(still.run(start.input))
      assert.deepStrictEqual(tree(spans), ["invoke_workflow still", "  invoke_agent still"])
      const steps = spans[0].attributes["hyperfunc.episode.steps"]
      assert.isAbove(Number(steps), 0)
      assert.strictEqual(spans[0].attributes["hyperfunc.episode.reward"], steps)
      assert.strictEqual(spans[0].attributes["hyperfunc.environment"], environment.name)
    })
  )

  it.effect("say of what kind a failure was", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(player.run({ seed: 0.5 }).pipe(Effect.exit))
      assert.deepStrictEqual(tree(spans), ["invoke_workflow player"])
      const broken = GameSystem.make("broken", { environment: countdown, act: () => Effect.succeed("no" as never) })
      const failed = yield* collect(broken.run({ seed: 1 }))
      assert.strictEqual(failed.spans[0].attributes["error.type"], "EpisodeError.IllegalAction")
    })
  )

  it.effect("are there of a single candidate, and of a population only where its runs are asked for", () =>
    Effect.gen(function* () {
      const seeds = [1, 2].map((seed) => Example.make({ seed }, undefined))
      const one = yield* collect(HyperSystem.evaluate(player, seeds, reward))
      assert.deepStrictEqual(tree(one.spans), [
        "evaluate player",
        ...seeds.flatMap(() => ["  invoke_workflow player", "    invoke_agent player"])
      ])
      const two = [Candidate.defaults(), Candidate.defaults()]
      const population = HyperSystem.evaluatePopulation(player, two, seeds, reward)
      assert.deepStrictEqual(tree((yield* collect(population)).spans), ["evaluate player"])
      const all = yield* collect(Tracing.provide(population, { runs: "all" }))
      assert.lengthOf(
        all.spans.filter(({ name }) => name === "invoke_agent player"),
        4
      )
    })
  )
})
