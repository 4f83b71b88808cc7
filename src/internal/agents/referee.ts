import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Environment, Instance, Start, Step } from "../../Environment.js"
import { EpisodeError } from "../../EpisodeError.js"
import { describe } from "../describe.js"
import { keepable, messageOf } from "../thrown.js"
import { guarded } from "./defects.js"

/** @internal */
export interface Reply<out A> {
  readonly action: A
  readonly value?: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Instances in which an episode is under way. */
const playing = new WeakSet<object>()

/**
 * Sees that an episode keeps to the rules of its environment, and says where it did not.
 *
 * @internal
 */
export class Referee<O, A, E, R> {
  /** Steps taken. */
  step = 0
  private readonly environment: Environment<O, A, E, R>
  private readonly isAction: (u: unknown) => u is A
  private readonly isObservation: (u: unknown) => u is O

  constructor(environment: Environment<O, A, E, R>) {
    this.environment = environment
    this.isAction = Schema.is(environment.actions)
    this.isObservation = Schema.is(environment.observations)
  }

  failure(reason: EpisodeError["reason"], detail: string, cure: string, cause?: unknown): EpisodeError {
    const error = { reason, environment: this.environment.name, step: this.step, detail, cure }
    return new EpisodeError(cause === undefined ? error : { ...error, cause })
  }

  /** What a side does, with what it throws as an error. */
  guard<A2, E2, R2>(side: "agent" | "environment", run: () => Effect.Effect<A2, E2, R2>) {
    return guarded(run, (defect) =>
      this.failure(
        side === "agent" ? "AgentFailed" : "EnvironmentFailed",
        `the ${side} threw: ${messageOf(defect)}`,
        "Make it fail with an error of its own, or mend it",
        keepable(defect)
      )
    )
  }

  /** An instance that no other episode plays in. */
  readonly instance: Effect.Effect<Instance<O, A, E, R>, E | EpisodeError, R | Scope.Scope> = Effect.suspend(
    () => this.environment.make
  ).pipe(
    Effect.tap((instance) =>
      Effect.acquireRelease(
        Effect.suspend(() => (playing.has(instance) ? this.shared : Effect.sync(() => playing.add(instance)))),
        () => Effect.sync(() => playing.delete(instance))
      )
    )
  )

  private readonly shared = Effect.suspend(() =>
    Effect.fail(
      this.failure(
        "EnvironmentShared",
        "make gave an instance in which another episode is under way",
        "Make a new instance in make, and not before"
      )
    )
  )

  readonly observation = (observation: O): Effect.Effect<O, EpisodeError> =>
    this.isObservation(observation)
      ? Effect.succeed(observation)
      : Effect.fail(
          this.failure(
            "IllegalObservation",
            `the environment showed ${describe(observation)}`,
            "Show what the schema of its observations allows"
          )
        )

  /** The rewards so far, and one more. */
  readonly sum = (total: number, reward: number): Effect.Effect<number, EpisodeError> => {
    if (!Number.isFinite(reward)) {
      return Effect.fail(this.failure("BadReward", `the reward is ${describe(reward)}`, "Give a finite number"))
    }
    return Number.isFinite(total + reward)
      ? Effect.succeed(total + reward)
      : Effect.fail(this.failure("BadReward", `the rewards add up to ${total + reward}`, "Give smaller rewards"))
  }

  readonly start = (start: Start<O>): Effect.Effect<Start<O>, EpisodeError> =>
    Predicate.isReadonlyRecord(start.info) ? Effect.succeed(start) : Effect.fail(this.unsaid("info", start.info))

  readonly next = (next: Step<O>): Effect.Effect<Step<O>, EpisodeError> => {
    if (!Predicate.isBoolean(next.terminated)) return Effect.fail(this.unsaid("terminated", next.terminated))
    if (!Predicate.isBoolean(next.truncated)) return Effect.fail(this.unsaid("truncated", next.truncated))
    return Predicate.isReadonlyRecord(next.info) ? Effect.succeed(next) : Effect.fail(this.unsaid("info", next.info))
  }

  private unsaid(name: string, value: unknown): EpisodeError {
    return this.failure(
      "EnvironmentFailed",
      `the environment gave ${describe(value)} for ${name}`,
      "Give booleans for terminated and truncated, and an object for info, if an empty one"
    )
  }

  /** An action, or a reply that holds one. */
  readonly action = (said: A | Reply<A>): Effect.Effect<Reply<A>, EpisodeError> => {
    if (this.isAction(said)) return Effect.succeed({ action: said })
    if (isReply(said) && this.isAction(said.action)) return Effect.succeed(said)
    return Effect.fail(
      this.failure(
        "IllegalAction",
        `the agent chose ${describe(isReply(said) ? said.action : said)}`,
        "Choose what the schema of the environment's actions allows"
      )
    )
  }
}

const isReply = <A>(said: A | Reply<A>): said is Reply<A> =>
  typeof said === "object" && said !== null && "action" in said
