import * as Effect from "effect/Effect"
import type { DeviceError, DeviceService } from "../../services/Device.js"
import type * as Candidate from "../Candidate.js"
import { breathe } from "./breathe.js"
import type { Lifted } from "./lifted.js"
import { type Loop, Tally } from "./loop.js"
import type { Node } from "./node.js"
import { type Example, launch, make, type Stage, spread } from "./stage.js"

/**
 * A {@link Loop} compiled for a population. Its dynamics depend on no parameter, so all candidates are rows of one launch.
 *
 * @internal
 */
export interface Episodes {
  readonly loop: Loop
  readonly initial: Stage
  readonly policy: Stage
  readonly dynamics: Stage
}

/** @internal */
export const prepare = (
  loop: Loop,
  lifted: Pick<Lifted<unknown>, "definitions">,
  candidates: ReadonlyArray<Candidate.Candidate>
): Episodes => ({
  loop,
  initial: make(lifted, candidates, [loop.initial]),
  policy: make(lifted, candidates, [loop.policy]),
  dynamics: make(lifted, [], [loop.dynamics])
})

/** Steps after which timers and interruptions have their turn. */
const STEPS_PER_BREATH = 8

/**
 * Plays the episodes of the candidates from `first` to `last` on all rows, a step of all of them at a time, until the last
 * is over. Gives the data of the loop's results, `[candidates, rows, size]`.
 *
 * @internal
 */
export const play = (
  { dynamics, initial, loop, policy }: Episodes,
  device: DeviceService,
  range: { readonly first: number; readonly last: number; readonly rows: number },
  inputOf: (leaf: Example) => Float32Array,
  onLaunch: (calls: number) => void
): Effect.Effect<ReadonlyMap<Node, Float32Array>, DeviceError> =>
  Effect.gen(function* () {
    const { rows } = range
    const candidates = range.last - range.first
    const count = candidates * rows
    const [start] = yield* launch(initial, device, range, inputOf)
    onLaunch(0)
    const tally = new Tally(spread(start!, candidates, rows).slice(), count)
    const stateSlot = slotOf(loop.state)
    for (let step = 0; step < loop.maxSteps && tally.alive > 0; step++) {
      const [chosen] = yield* launch(policy, device, range, (leaf) =>
        leaf.perCandidate && leaf.slot === stateSlot ? tally.states : inputOf(leaf)
      )
      onLaunch(loop.calls * count)
      const actions = spread(chosen!, candidates, rows)
      const [outcome] = yield* launch(dynamics, device, { first: 0, last: 1, rows: count }, (leaf) =>
        leaf.slot === stateSlot ? tally.states : actions
      )
      onLaunch(0)
      const { data, rowStride } = outcome!
      for (let episode = 0; episode < count; episode++) tally.add(episode, actions, data, episode * rowStride)
      if (step % STEPS_PER_BREATH === STEPS_PER_BREATH - 1) yield* breathe
    }
    const results = tally.results()
    return new Map(
      Object.entries(loop.results).map(([name, node]) => [node as Node, results[name as keyof typeof results]])
    )
  })

/** @internal */
export const slotOf = (leaf: Node): number => (leaf.operation as Example).slot
