import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Scheduler from "effect/Scheduler"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/**
 * Runs a program in time of its own, which goes on to the next sleeper when nobody can run: like TestClock, but event by
 * event and without looking at fibers, so that an hour of a hundred fibers takes well below a second.
 */
export const simulate = <A, E>(program: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const scheduler = new Scheduler.ControlledScheduler()
    const sleepers = new Set<Sleeper>()
    let now = 0
    const clock: Clock.Clock = {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => now,
      unsafeCurrentTimeNanos: () => BigInt(Math.round(now * 1e6)),
      currentTimeMillis: Effect.sync(() => now),
      currentTimeNanos: Effect.sync(() => BigInt(Math.round(now * 1e6))),
      sleep: (duration) =>
        Effect.async((resume) => {
          const sleeper = { at: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
          sleepers.add(sleeper)
          return Effect.sync(() => sleepers.delete(sleeper))
        })
    }
    const settle = (): void => {
      while (scheduler.tasks.buckets.length > 0) scheduler.step()
    }
    let exit: Exit.Exit<A, E> | undefined
    const fiber = Effect.runFork(Effect.withClock(program, clock), { scheduler })
    fiber.addObserver((result) => (exit = result))
    settle()
    while (exit === undefined) {
      let next: Sleeper | undefined
      for (const sleeper of sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper
      if (next === undefined || next.at === Number.POSITIVE_INFINITY)
        return Effect.dieMessage("Everybody waits for ever")
      sleepers.delete(next)
      now = next.at
      next.wake()
      settle()
    }
    return exit
  })
