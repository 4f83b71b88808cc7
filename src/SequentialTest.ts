/**
 * A paired test that may be looked at after every pair and stopped at any time: testing by betting.
 *
 * Under the hypothesis that the new is on average no better than the old, the wealth of a gambler who bets on it is a
 * non-negative supermartingale that starts at 1, and reaches `1 / rate` with probability at most `rate` however long the
 * test goes on (Ville's inequality; Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting",
 * JRSS B 2024, section 4).
 *
 * @since 0.1.0
 */

/** Stakes of the gamblers among whom the wealth is shared; each stays solvent while differences are at least -1. */
const STAKES = [0.3, 0.6, 0.9, 0.99]

/**
 * The wealth of each gambler.
 *
 * @since 0.1.0
 * @category models
 */
export interface SequentialTest {
  readonly wealths: ReadonlyArray<number>
}

/**
 * Before the first pair.
 *
 * @since 0.1.0
 * @category constructors
 */
export const initial: SequentialTest = { wealths: STAKES.map(() => 1) }

/**
 * After another pair: `difference` is new less old, in [-1, 1].
 *
 * @since 0.1.0
 * @category combinators
 */
export const observe = (self: SequentialTest, difference: number): SequentialTest => ({
  wealths: self.wealths.map((wealth, k) => wealth * (1 + STAKES[k] * difference))
})

/**
 * The evidence that the new is better, from 0: 1 is none, `1 / rate` is enough to accept at a false-accept rate.
 *
 * @since 0.1.0
 * @category accessors
 */
export const evidence = (self: SequentialTest): number =>
  self.wealths.reduce((total, wealth) => total + wealth, 0) / STAKES.length

/**
 * The evidence there would be if the new won each of `pairs` more pairs.
 *
 * @since 0.1.0
 * @category accessors
 */
export const evidenceAtBest = (self: SequentialTest, pairs: number): number =>
  self.wealths.reduce((total, wealth, k) => total + wealth * (1 + STAKES[k]) ** pairs, 0) / STAKES.length
