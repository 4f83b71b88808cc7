/**
 * Which prompts to try next, and which to keep: the pure part of reflective prompt optimisation.
 *
 * A pool of members, each with a verdict on every example, grows by changes that were accepted. A parent is drawn
 * from the members that are best on some item, as often as they are (the Pareto frontier over instances of Agrawal et al.,
 * "GEPA: Reflective Prompt Evolution Can Outperform Reinforcement Learning", arXiv 2507.19457, section 3.3); what to change
 * of it, by what has paid so far. A change is accepted by a {@link SequentialTest} against its parent.
 *
 * The state is plain data; equal states give equal asks.
 *
 * @since 0.1.0
 */
import { chanceOf } from "./internal/keyed.js"
import * as SequentialTest from "./SequentialTest.js"

/**
 * - `reflect`: a model writes a text anew from runs that went wrong
 * - `demonstrate`: other demonstrations
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "reflect" | "demonstrate"

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
 * One set of prompts: its verdicts, by example, are scores in [0, 1] or `"lost"`. Where it has none, those of its
 * parent stand in.
 *
 * @since 0.1.0
 * @category models
 */
export interface Member {
  /** None for the start. */
  readonly parent?: number
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
  /** Positions of the examples. */
  readonly items: ReadonlyArray<number>
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
 * What became of an ask.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome {
  readonly ask: Ask
  readonly isAccepted: boolean
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const init = (options: {
  readonly seed: number
  readonly proposals: number
  readonly items: ReadonlyArray<number>
  readonly start: Member["verdicts"]
  readonly arms: ReadonlyArray<Arm>
}): State => ({
  seed: options.seed,
  round: 0,
  proposals: options.proposals,
  items: options.items,
  members: [{ verdicts: options.start }],
  arms: options.arms.map((arm) => ({ ...arm, tried: 0, accepted: 0 }))
})

const rank = (verdict: number | "lost" | undefined): number => (typeof verdict === "number" ? verdict : -1)

/**
 * The verdict of a member on an example: its own, or the nearest ancestor's.
 *
 * @since 0.1.0
 * @category accessors
 */
export const verdictOf = ({ members }: State, member: number, item: number): number | "lost" | undefined => {
  for (let k: number | undefined = member; k !== undefined; k = members[k].parent) {
    const verdict = members[k].verdicts[item]
    if (verdict !== undefined) return verdict
  }
  return undefined
}

/**
 * The state with more verdicts of a member.
 *
 * @since 0.1.0
 * @category search
 */
export const refine = (state: State, member: number, verdicts: Member["verdicts"]): State => ({
  ...state,
  members: state.members.map((old, k) => (k === member ? { ...old, verdicts: { ...old.verdicts, ...verdicts } } : old))
})

/** The items that each member is best on, itself or with others. */
const bestOn = (state: State): ReadonlyArray<ReadonlySet<number>> => {
  const sets = state.members.map(() => new Set<number>())
  for (const item of state.items) {
    const ranks = state.members.map((_, k) => rank(verdictOf(state, k, item)))
    const best = Math.max(...ranks)
    ranks.forEach((value, k) => {
      if (value === best) sets[k]!.add(item)
    })
  }
  return sets
}

/**
 * How many items each member is best on, itself or with others; none for those that another, or a later equal, is best on
 * all of these, too.
 *
 * @since 0.1.0
 * @category accessors
 */
export const wins = (state: State): ReadonlyArray<number> => {
  const sets = bestOn(state)
  const covers = (other: number, k: number): boolean =>
    other !== k &&
    [...sets[k]!].every((item) => sets[other]!.has(item)) &&
    (sets[other]!.size > sets[k]!.size || other > k)
  return sets.map((own, k) => (sets.some((_, other) => covers(other, k)) ? 0 : own.size))
}

/**
 * The mean score over examples, those that are lost left out; `NaN` without any.
 *
 * @since 0.1.0
 * @category accessors
 */
export const scoreOf = (state: State, member: number): number => {
  const verdicts = state.items.map((item) => verdictOf(state, member, item))
  const scores = verdicts.filter((verdict) => typeof verdict === "number")
  return scores.reduce((total, score) => total + score, 0) / scores.length
}

/** The sum of its scores; of equal sums, that with fewer failures is better. */
const standing = (state: State, member: number): number =>
  state.items.reduce((total, item) => {
    const verdict = verdictOf(state, member, item)
    return total + (verdict === "lost" ? -1e-6 : (verdict ?? 0))
  }, 0)

/**
 * The member with the best verdicts, the latest of equals.
 *
 * @since 0.1.0
 * @category accessors
 */
export const best = (state: State): number =>
  state.members.reduce((top, _, k) => (standing(state, k) >= standing(state, top) ? k : top), 0)

/** Successes that each kind of change is credited with beforehand, beside one failure. */
const PRIOR: Readonly<Record<Kind, number>> = { reflect: 4, demonstrate: 0.25 }

/** Weight of what is not known yet. */
const CURIOSITY = 0.2

/** How likely a change by an arm is to be accepted: as far as is known, and the more the less it has been tried (UCB1). */
const promise = ({ accepted, kind, tried }: State["arms"][number], all: number): number => {
  const trials = tried + PRIOR[kind] + 1
  return (accepted + PRIOR[kind]) / trials + CURIOSITY * Math.sqrt(Math.log(2 + all) / (1 + tried))
}

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
 * The member to change next.
 *
 * @since 0.1.0
 * @category search
 */
export const parentOf = (state: State): number => {
  const counts = wins(state)
  const members = state.members.map((_, k) => k)
  return draw(members, (k) => counts[k] ** 2, chanceOf(state.seed, state.round, "parent"))
}

/**
 * Changes to make of a member, of the kinds that are open, the same one seldom twice. All share it, so that those that help
 * can be joined.
 *
 * @since 0.1.0
 * @category search
 */
export const ask = (
  { arms, proposals, round, seed }: State,
  parent: number,
  isOpen: (arm: Arm) => boolean = () => true
): ReadonlyArray<Ask> => {
  const open = arms.filter(isOpen)
  if (open.length === 0) return []
  const all = arms.reduce((total, { tried }) => total + tried, 0)
  const uses = new Map<Arm, number>()
  return Array.from({ length: proposals }, (_, turn): Ask => {
    const worth = (arm: State["arms"][number]): number =>
      promise({ ...arm, tried: arm.tried + (uses.get(arm) ?? 0) }, all) +
      1e-3 * chanceOf(seed, round, turn, arm.path, arm.kind)
    const arm = open.reduce((best, arm) => (worth(arm) > worth(best) ? arm : best))
    uses.set(arm, (uses.get(arm) ?? 0) + 1)
    return { path: arm.path, kind: arm.kind, parent, turn }
  })
}

/**
 * The state with another member.
 *
 * @since 0.1.0
 * @category search
 */
export const add = (state: State, member: Member): State => ({ ...state, members: [...state.members, member] })

/**
 * @since 0.1.0
 * @category search
 */
export const tell = (state: State, outcomes: ReadonlyArray<Outcome>): State => ({
  ...state,
  round: state.round + 1,
  arms: state.arms.map((arm) => {
    const own = outcomes.filter(({ ask }) => ask.path === arm.path && ask.kind === arm.kind)
    const accepted = own.filter(({ isAccepted }) => isAccepted).length
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
  /** Of wins against losses, however large. */
  readonly test: SequentialTest.SequentialTest
  /** Items compared, ties too. */
  readonly seen: number
  /** The sum of the differences. */
  readonly gain: number
  readonly won: ReadonlyArray<number>
  readonly lost: ReadonlyArray<number>
}

/**
 * @since 0.1.0
 * @category comparing
 */
export const unseen: Comparison = { test: SequentialTest.initial, seen: 0, gain: 0, won: [], lost: [] }

/**
 * The comparison after the verdicts on another item; one that is missing says nothing.
 *
 * @since 0.1.0
 * @category comparing
 */
export const compare = (self: Comparison, item: number, difference: number | undefined): Comparison => {
  if (difference === undefined) return self
  return {
    seen: self.seen + 1,
    gain: self.gain + difference,
    test: SequentialTest.observe(self.test, Math.sign(difference)),
    won: difference > 0 ? [...self.won, item] : self.won,
    lost: difference < 0 ? [...self.lost, item] : self.lost
  }
}

/** Losses beyond wins at which a comparison is given up. */
const HOPELESS = 2

/** Items after which the wins so far are taken to go on at their rate. */
const SOUND = 10

/** The most that a comparison can be hoped to win: to reject early costs nothing but a chance. */
const hoped = ({ seen, won }: Comparison, left: number): number =>
  seen < SOUND ? left : Math.min(left, Math.ceil(((won.length + 1) * left) / seen))

/**
 * Whether the evidence suffices at a false-accept rate, or can no longer come to suffice with `left` more items, or is not
 * worth waiting for. What is accepted wins more often than it loses, and gains more than it loses.
 *
 * @since 0.1.0
 * @category comparing
 */
export const decide = (self: Comparison, left: number, falseAccept: number): "accept" | "reject" | "continue" => {
  if (SequentialTest.evidence(self.test) >= 1 / falseAccept && self.gain > 0) return "accept"
  if (self.lost.length - self.won.length >= HOPELESS) return "reject"
  return SequentialTest.evidenceAtBest(self.test, hoped(self, left)) < 1 / falseAccept ? "reject" : "continue"
}
