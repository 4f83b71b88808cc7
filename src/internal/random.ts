import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { CurrentExecution } from "./execution.js"

const ofRun = <A>(draw: (random: Random.Random) => Effect.Effect<A>): Effect.Effect<A> =>
  Effect.contextWithEffect((context: Context.Context<never>) => draw(Context.get(context, CurrentExecution)!.random()))

/**
 * One service for all runs, which draws from the run that asks.
 *
 * @internal
 */
export const randomOfRun: Random.Random = {
  [Random.RandomTypeId]: Random.RandomTypeId,
  next: ofRun((random) => random.next),
  nextBoolean: ofRun((random) => random.nextBoolean),
  nextInt: ofRun((random) => random.nextInt),
  nextRange: (min, max) => ofRun((random) => random.nextRange(min, max)),
  nextIntBetween: (min, max) => ofRun((random) => random.nextIntBetween(min, max)),
  shuffle: (elements) => ofRun((random) => random.shuffle(elements))
}
