import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Environment } from "../../Environment.js"
import type { EpisodeResult, RecordedStep } from "../../Episode.js"
import type { EpisodeError } from "../../EpisodeError.js"
import { breathe } from "../breathe.js"
import { describe } from "../describe.js"
import { invoked } from "./invoked.js"
import { Referee, type Reply } from "./referee.js"

interface Options<O, A, E, R, E2, R2> {
  readonly environment: Environment<O, A, E2, R2>
  readonly act: (
    observation: O,
    context: { readonly step: number; readonly seed: number }
  ) => Effect.Effect<A | Reply<A>, E, R>
  readonly maxSteps?: number
  readonly record?: boolean
}

/** Steps after which timers and interruptions have their turn. */
const STEPS_PER_BREATH = 64

/**
 * Plays an episode in an environment of its own.
 *
 * @internal
 */
export const play =
  <O, A, E, R, E2, R2>(agent: string, options: Options<O, A, E, R, E2, R2>) =>
  ({
    seed
  }: {
    readonly seed: number
  }): Effect.Effect<EpisodeResult<O, A>, E | E2 | EpisodeError, R | Exclude<R2, Scope.Scope>> =>
    Effect.suspend((): Effect.Effect<EpisodeResult<O, A>, E | E2 | EpisodeError, R | Exclude<R2, Scope.Scope>> => {
      const { environment, maxSteps = environment.maxSteps } = options
      const referee = new Referee(environment)
      if (!Number.isSafeInteger(seed)) {
        return Effect.fail(referee.failure("InvalidOptions", `the seed is ${describe(seed)}`, "Use a whole number"))
      }
      if (!(Number.isSafeInteger(maxSteps) && maxSteps > 0)) {
        return Effect.fail(
          referee.failure("InvalidOptions", `maxSteps is ${maxSteps}`, "Use a whole number of at least 1")
        )
      }
      const played = referee.guard("environment", () => Effect.scoped(episode(options, referee, seed, maxSteps)))
      return invoked(played, agent, {
        attributes: { "hyperfunc.environment": environment.name, "hyperfunc.episode.seed": seed },
        cameOf: ({ steps, totalReward, truncated }) => ({
          "hyperfunc.episode.steps": steps,
          "hyperfunc.episode.reward": totalReward,
          "hyperfunc.episode.truncated": truncated
        })
      })
    })

const episode = <O, A, E, R, E2, R2>(
  { act, record = false }: Options<O, A, E, R, E2, R2>,
  referee: Referee<O, A, E2, R2>,
  seed: number,
  maxSteps: number
): Effect.Effect<EpisodeResult<O, A>, E | E2 | EpisodeError, R | R2 | Scope.Scope> =>
  Effect.gen(function* () {
    const instance = yield* referee.instance
    const start = yield* referee.start(yield* instance.reset(seed))
    const steps: Array<RecordedStep<O, A>> = []
    const frames: Array<string> = []
    const look =
      record && instance.render !== undefined ? Effect.map(instance.render, (frame) => frames.push(frame)) : Effect.void
    let observation = yield* referee.observation(start.observation)
    let [{ info }, totalReward, terminated, truncated] = [start, 0, false, false]
    yield* look
    while (referee.step < maxSteps && !terminated && !truncated) {
      const seen = observation
      const said = yield* referee.guard("agent", () => act(seen, { step: referee.step, seed }))
      const reply = yield* referee.action(said)
      const next = yield* referee.next(yield* instance.step(reply.action))
      totalReward = yield* referee.sum(totalReward, next.reward)
      observation = yield* referee.observation(next.observation)
      ;({ info, terminated, truncated } = next)
      referee.step++
      if (record) steps.push({ ...reply, observation: seen, reward: next.reward })
      yield* look
      if (referee.step % STEPS_PER_BREATH === 0) yield* breathe
    }
    const truncatedBy = truncated ? "environment" : terminated ? undefined : "maxSteps"
    return {
      totalReward,
      steps: referee.step,
      terminated,
      truncated: truncatedBy !== undefined,
      ...(truncatedBy === undefined ? {} : { truncatedBy }),
      seed,
      info,
      finalObservation: observation,
      ...(record ? { recording: { steps, frames } } : {})
    }
  })
