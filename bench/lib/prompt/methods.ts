import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as OptimizerPromptLearning from "../../../layers/OptimizerPromptLearning.js"
import * as OptimizerReflective from "../../../layers/OptimizerReflective.js"
import type { LLM } from "../../../services/LLM.js"
import type { Optimizer } from "../../../services/Optimizer.js"
import { Candidate, HyperSystem } from "../../../src/index.js"
import { ax } from "./ax.js"
import { demonstrations, greedy, random } from "./baselines.js"
import { MODELS } from "./family.js"
import type { Method } from "./workshop.js"
import { REFLECTION } from "./world.js"

const seedPrompt: Method = { name: "seed", find: () => Effect.succeed(Candidate.defaults()) }

const oracle: Method = { name: "oracle", find: ({ oracle }) => Effect.succeed(oracle) }

/** With its defaults. */
export const reflective = (options: Partial<OptimizerReflective.Options>) =>
  OptimizerReflective.layer({ model: MODELS.reflection, settings: REFLECTION, ...options })

const optimizing = (name: string, optimizer: (seed: number) => Layer.Layer<Optimizer, never, LLM>): Method => ({
  name,
  find: (task, seed) =>
    HyperSystem.optimize(task.system, task.train, task.scorer, { onFailure: "missing" }).pipe(
      Effect.map(({ system }) => system.candidate ?? Candidate.defaults()),
      Effect.provide(optimizer(seed))
    )
})

const learning = optimizing("learning", () =>
  OptimizerPromptLearning.layer({ model: MODELS.reflection, settings: REFLECTION })
)

const ours = optimizing("ours", (seed) => reflective({ seed }))

/** In the order of the report. */
export const methods: ReadonlyArray<Method> = [seedPrompt, random, demonstrations, learning, greedy, ax, ours, oracle]
