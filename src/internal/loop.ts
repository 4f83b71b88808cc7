import type { Node } from "./node.js"

/**
 * An episode as a lifted run records it: one step of the policy and one of the world, from leaves that stand for any state
 * and any action, and the leaves that stand for what comes of it.
 *
 * @internal
 */
export interface Loop {
  readonly maxSteps: number
  readonly initial: Node
  readonly state: Node
  /** Of `state`. */
  readonly policy: Node
  readonly action: Node
  /** Of `state` and `action` alone: the next state, the reward and whether the episode goes on, as one vector. */
  readonly dynamics: Node
  readonly results: Results<Node>
  /** Hyperfunctions that a step calls. */
  readonly calls: number
}

/** @internal */
export interface Results<A> {
  readonly totalReward: A
  readonly steps: A
  readonly terminated: A
  readonly truncated: A
  readonly finalState: A
}

/**
 * Adds what a step gave to what there is, as single-precision sums; the same for one episode and for many. An episode with
 * NaN in an action, a state or an ending, or a sum of rewards that is not finite, is over and all NaN, so that no metric
 * makes a score of it.
 *
 * @internal
 */
export class Tally {
  readonly totals: Float32Array
  readonly steps: Float32Array
  readonly terminated: Float32Array
  readonly states: Float32Array
  readonly size: number
  alive: number

  constructor(states: Float32Array, episodes: number) {
    this.states = states
    this.size = states.length / episodes
    this.totals = new Float32Array(episodes)
    this.steps = new Float32Array(episodes)
    this.terminated = new Float32Array(episodes)
    this.alive = episodes
  }

  /** `outcome` is a vector of {@link Loop.dynamics} that starts at `offset`; `actions` are those of all episodes. */
  add(episode: number, actions: Float32Array, outcome: Float32Array, offset: number): void {
    if (this.terminated[episode] !== 0) return
    const { size, states } = this
    for (let k = 0; k < size; k++) states[episode * size + k] = outcome[offset + k]!
    this.totals[episode]! += outcome[offset + size]!
    this.steps[episode]!++
    const action = actions.length / this.steps.length
    const isSound =
      Number.isFinite(this.totals[episode]) &&
      !hasNaN(outcome, offset, size + 2) &&
      !hasNaN(actions, episode * action, action)
    if (isSound && outcome[offset + size + 1]! > 0) return
    if (isSound) this.terminated[episode] = 1
    else this.spoil(episode)
    this.alive--
  }

  isSpoilt(episode: number): boolean {
    return Number.isNaN(this.terminated[episode])
  }

  private spoil(episode: number): void {
    this.totals[episode] = this.steps[episode] = this.terminated[episode] = Number.NaN
    this.states.fill(Number.NaN, episode * this.size, (episode + 1) * this.size)
  }

  results(): Results<Float32Array> {
    return {
      totalReward: this.totals,
      steps: this.steps,
      terminated: this.terminated,
      truncated: this.terminated.map((terminated) => 1 - terminated),
      finalState: this.states
    }
  }
}

const hasNaN = (data: Float32Array, start: number, length: number): boolean => {
  for (let k = start; k < start + length; k++) if (Number.isNaN(data[k])) return true
  return false
}
