import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

interface Flight<A, E> {
  readonly landed: Deferred.Deferred<A, E>
  passengers: number
  fiber?: Fiber.Fiber<A, E>
}

/**
 * Equal effects that run at the same moment run once. Whoever is interrupted leaves the others waiting; the effect itself
 * is interrupted when nobody waits any more. Once it has ended, the next equal effect runs anew.
 *
 * @internal
 */
export interface Flights<A, E> {
  /** `onShared` hears of an effect that need not run because an equal one is under way. */
  readonly join: <R>(key: string, effect: Effect.Effect<A, E, R>, onShared: () => void) => Effect.Effect<A, E, R>
}

/** @internal */
export const make = <A, E>(): Flights<A, E> => {
  const flights = new Map<string, Flight<A, E>>()

  const close = (key: string, flight: Flight<A, E>) => {
    if (flights.get(key) === flight) flights.delete(key)
  }

  const launch = <R>(key: string, flight: Flight<A, E>, effect: Effect.Effect<A, E, R>) =>
    Effect.interruptible(effect).pipe(
      Effect.onExit((exit) =>
        Effect.suspend(() => {
          close(key, flight)
          return Deferred.done(flight.landed, exit)
        })
      ),
      Effect.forkDaemon,
      Effect.tap((fiber) => Effect.sync(() => (flight.fiber = fiber)))
    )

  const leave = (key: string, flight: Flight<A, E>) =>
    Effect.suspend(() => {
      flight.passengers--
      if (flight.passengers > 0 || flight.fiber === undefined) return Effect.void
      close(key, flight)
      return Fiber.interrupt(flight.fiber)
    })

  return {
    join: (key, effect, onShared) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.suspend(() => {
          const boarded = flights.get(key)
          const flight = boarded ?? { landed: Deferred.unsafeMake<A, E>(FiberId.none), passengers: 0 }
          flight.passengers++
          if (boarded === undefined) flights.set(key, flight)
          else onShared()
          return (boarded === undefined ? launch(key, flight, effect) : Effect.void).pipe(
            Effect.zipRight(restore(Deferred.await(flight.landed))),
            Effect.ensuring(leave(key, flight))
          )
        })
      )
  }
}
