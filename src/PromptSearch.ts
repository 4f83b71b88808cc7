/**
 * Which prompts to try next, and which to keep: the pure part of reflective prompt optimisation.
 *
 * A pool of members, each with a verdict on every validation item, grows by changes that were accepted. A parent is drawn
 * from the members that are best on some item, as often as they are (the Pareto frontier over instances of Agrawal et al.,
 * "GEPA: Reflective Prompt Evolution Can Outperform Reinforcement Learning", arXiv 2507.19457, section 3.3); what to change
 * of it, by what has paid so far. A change is accepted by a {@link SequentialTest} against its parent.
 *
 * The state is plain data; equal states give equal asks.
 *
 * @since 0.1.0
 */
import { chanceOf, shuffledBy } from "./internal/keyed.js"
import type { Verdict } from "./internal/verdict.js"
import * as SequentialTest from "./SequentialTest.js"

/**
 * - `reflect`: a model writes the text anew from runs that went wrong
 * - `demonstrate`: other demonstrations
 * - `unlearn`: the text without one of its parts
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "reflect" | "demonstrate" | "unlearn"

/**
 * A field that may be changed, and the kinds of change it allows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Arm {
  /** `hyperfunction.field`. */
  readonly path: string
  readonly kind: Kind
}

/**
 * One set of prompts: its verdicts, by validation item, are scores in [0, 1] or `"lost"`; items without one are missing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Member {
  readonly parent: number | undefined
  readonly verdicts: Readonly<Record<number, number | "lost">>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface State {
  readonly seed: number
  readonly round: number
  /** Proposals of a round. */
  readonly proposals: number
  /** Positions of the validation items, in the order in which they are tried. */
  readonly validation: ReadonlyArray<number>
  readonly members: ReadonlyArray<Member>
  readonly arms: ReadonlyArray<Arm & { readonly tried: number; readonly accepted: number }>
}

/**
 * A change to make: to which member, and of what.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ask extends Arm {
  readonly parent: number
  /** Position among the asks of its round. */
  readonly turn: number
}

/**
 * What became of an ask: the new member, when it was accepted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome {
  readonly ask: Ask
  readonly member?: Member
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const init = (options: {
  readonly seed: number
  readonly proposals: number
  readonly validation: ReadonlyArray<number>
  readonly start: Member["verdicts"]
  readonly arms: ReadonlyArray<Arm>
}): State => ({
  seed: options.seed,
  round: 0,
  proposals: options.proposals,
  validation: shuffledBy(options.validation, options.seed, "validation"),
  members: [{ parent: undefined, verdicts: options.start }],
  arms: options.arms.map((arm) => ({ ...arm, tried: 0, accepted: 0 }))
})

const rank = (verdict: number | "lost" | undefined): number => (typeof verdict === "number" ? verdict : -1)

/**
 * How many validation items each member is best on, itself or with others.
 *
 * @since 0.1.0
 * @category accessors
 */
export const wins = ({ members, validation }: State): ReadonlyArray<number> => {
  const counts = members.map(() => 0)
  for (const item of validation) {
    const ranks = members.map(({ verdicts }) => rank(verdicts[item]))
    const best = Math.max(...ranks)
    ranks.forEach((value, k) => {
      if (value === best) counts[k]++
    })
  }
  return counts
}

/**
 * The mean score over validation items, those that are lost left out; `NaN` without any.
 *
 * @since 0.1.0
 * @category accessors
 */
export const scoreOf = ({ verdicts }: Member): number => {
  const scores = Object.values(verdicts).filter((verdict) => typeof verdict === "number")
  return scores.reduce((total, score) => total + score, 0) / scores.length
}

/** Its rank among members: failures count as less than any score. */
const standing = ({ verdicts }: Member): number => {
  const ranks = Object.values(verdicts).map(rank)
  return ranks.reduce((total, value) => total + value, 0) / Math.max(1, ranks.length)
}

/**
 * The member with the best verdicts, the earliest of equals.
 *
 * @since 0.1.0
 * @category accessors
 */
export const best = ({ members }: State): number =>
  members.reduce((top, member, k) => (standing(member) > standing(members[top]) ? k : top), 0)

const draw = <A>(items: ReadonlyArray<A>, weightOf: (item: A) => number, at: number): A => {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0)
  let left = at * total
  for (const item of items) {
    left -= weightOf(item)
    if (left < 0) return item
  }
  return items[items.length - 1]
}

/**
 * The changes to make next, of those that `isOpen` for the parent. All share it, so that those that help can be joined.
 *
 * @since 0.1.0
 * @category search
 */
export const ask = (state: State, isOpen: (parent: number, arm: Arm) => boolean = () => true): ReadonlyArray<Ask> => {
  const counts = wins(state)
  const members = state.members.map((_, k) => k)
  const parent = draw(members, (k) => counts[k] ** 2, chanceOf(state.seed, state.round, "parent"))
  const { proposals, round, seed } = state
  const arms = state.arms.filter((arm) => isOpen(parent, arm))
  if (arms.length === 0) return []
  return Array.from({ length: proposals }, (_, turn): Ask => {
    const expected = (arm: State["arms"][number]) => (arm.accepted + 1) / (arm.tried + 2)
    const { kind, path } = draw(arms, expected, chanceOf(seed, round, turn, "arm"))
    return { path, kind, parent, turn }
  })
}

/**
 * @since 0.1.0
 * @category search
 */
export const tell = (state: State, outcomes: ReadonlyArray<Outcome>): State => ({
  ...state,
  round: state.round + 1,
  members: [...state.members, ...outcomes.flatMap(({ member }) => (member === undefined ? [] : [member]))],
  arms: state.arms.map((arm) => {
    const own = outcomes.filter(({ ask }) => ask.path === arm.path && ask.kind === arm.kind)
    const accepted = own.filter(({ member }) => member !== undefined).length
    return { ...arm, tried: arm.tried + own.length, accepted: arm.accepted + accepted }
  })
})

/**
 * A comparison with the parent under way.
 *
 * @since 0.1.0
 * @category models
 */
export interface Comparison {
  readonly test: SequentialTest.SequentialTest
  readonly won: ReadonlyArray<number>
  readonly lost: ReadonlyArray<number>
}

/**
 * @since 0.1.0
 * @category comparing
 */
export const unseen: Comparison = { test: SequentialTest.initial, won: [], lost: [] }

/**
 * The comparison after the verdicts on another item; one that is missing says nothing.
 *
 * @since 0.1.0
 * @category comparing
 */
export const compare = (self: Comparison, item: number, difference: number | undefined): Comparison => {
  if (difference === undefined || difference === 0) return self
  return {
    test: SequentialTest.observe(self.test, difference),
    won: difference > 0 ? [...self.won, item] : self.won,
    lost: difference < 0 ? [...self.lost, item] : self.lost
  }
}

/**
 * Whether the evidence suffices at a false-accept rate, or can no longer come to suffice with `left` more items.
 *
 * @since 0.1.0
 * @category comparing
 */
export const decide = (self: Comparison, left: number, falseAccept: number): "accept" | "reject" | "continue" => {
  if (SequentialTest.evidence(self.test) >= 1 / falseAccept) return "accept"
  return SequentialTest.evidenceAtBest(self.test, left) < 1 / falseAccept ? "reject" : "continue"
}

export type { Verdict }
