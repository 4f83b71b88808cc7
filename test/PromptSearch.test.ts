import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as PromptSearch from "../src/PromptSearch.js"
import * as SequentialTest from "../src/SequentialTest.js"

const arms: ReadonlyArray<PromptSearch.Arm> = [
  { path: "label.instruction", kind: "reflect" },
  { path: "label.demonstrations", kind: "demonstrate" },
  { path: "other.instruction", kind: "reflect" }
]

type Verdicts = PromptSearch.Member["verdicts"]

const init = (start: Verdicts, seed = 1, proposals = 3): PromptSearch.State =>
  PromptSearch.init({ seed, proposals, items: [0, 1, 2, 3], start, arms })

const nothing: Verdicts = { 0: 0, 1: 0, 2: 0, 3: 0 }

/** Members of these verdicts, all children of the start. */
const pool = (start: Verdicts, ...children: ReadonlyArray<Verdicts>): PromptSearch.State =>
  children.reduce((state, verdicts) => PromptSearch.add(state, { parent: 0, verdicts }), init(start))

const differences = (...all: ReadonlyArray<number>): PromptSearch.Comparison =>
  all.reduce((comparison, difference, item) => PromptSearch.compare(comparison, item, difference), PromptSearch.unseen)

const verdicts: FastCheck.Arbitrary<Verdicts> = FastCheck.dictionary(
  FastCheck.constantFrom("0", "1", "2", "3"),
  FastCheck.oneof(FastCheck.constantFrom(0, 0.5, 1), FastCheck.constant("lost" as const))
)

const states = FastCheck.record({
  seed: FastCheck.nat(),
  start: verdicts,
  children: FastCheck.array(verdicts, { maxLength: 4 }),
  rounds: FastCheck.nat({ max: 5 })
}).map(({ children, rounds, seed, start }) => {
  let state = init(start, seed)
  for (const child of children) state = PromptSearch.add(state, { parent: state.members.length - 1, verdicts: child })
  for (let k = 0; k < rounds; k++) {
    const asks = PromptSearch.ask(state, PromptSearch.parentOf(state))
    state = PromptSearch.tell(
      state,
      asks.map((ask) => ({ ask, isAccepted: ask.turn === 0 }))
    )
  }
  return state
})

describe("PromptSearch", () => {
  it("asks for the same of the same state, and of one that was written as JSON and read again", () => {
    FastCheck.assert(
      FastCheck.property(states, (state) => {
        const read = JSON.parse(JSON.stringify(state)) as PromptSearch.State
        const [one, two] = [state, read].map((state) => PromptSearch.ask(state, PromptSearch.parentOf(state)))
        assert.deepStrictEqual(one, two)
        assert.deepStrictEqual(
          JSON.stringify(PromptSearch.tell(read, [])),
          JSON.stringify(PromptSearch.tell(state, []))
        )
      })
    )
  })

  it("asks for other things in another round, and for another seed", () => {
    const paths = (state: PromptSearch.State) => PromptSearch.ask(state, 0).map(({ path }) => path)
    const rounds = [0, 1, 2, 3, 4, 5].map((round) => paths({ ...init(nothing), round }).join())
    const seeds = [0, 1, 2, 3, 4, 5].map((seed) => paths(init(nothing, seed)).join())
    assert.isAbove(new Set(rounds).size, 1)
    assert.isAbove(new Set(seeds).size, 1)
  })

  it("asks for as many changes as a round has, in turn, all of one parent", () => {
    assert.deepStrictEqual(
      PromptSearch.ask(init(nothing, 1, 5), 0).map(({ parent, turn }) => [parent, turn]),
      [0, 1, 2, 3, 4].map((turn) => [0, turn])
    )
  })

  it("asks for changes that are open alone, and for none when none is", () => {
    for (let round = 0; round < 20; round++) {
      const asks = PromptSearch.ask({ ...init(nothing), round }, 0, ({ kind }) => kind === "demonstrate")
      assert.isTrue(asks.every(({ kind }) => kind === "demonstrate"))
    }
    assert.deepStrictEqual(
      PromptSearch.ask(init(nothing), 0, () => false),
      []
    )
  })

  it("asks more often for what has been accepted", () => {
    const [good, , bad] = arms
    const told = (state: PromptSearch.State) =>
      PromptSearch.tell(state, [
        { ask: { ...good, parent: 0, turn: 0 }, isAccepted: true },
        { ask: { ...bad, parent: 0, turn: 1 }, isAccepted: false }
      ])
    let state = init(nothing, 1, 1)
    for (let k = 0; k < 20; k++) state = told(state)
    const asked = Array.from({ length: 300 }, (_, round) => PromptSearch.ask({ ...state, round }, 0)[0].path)
    const count = (path: string) => asked.filter((other) => other === path).length
    assert.isAbove(count(good.path), 2 * count(bad.path))
    assert.deepStrictEqual(
      state.arms.map(({ accepted, tried }) => [tried, accepted]),
      [
        [20, 20],
        [0, 0],
        [20, 0]
      ]
    )
  })

  it("counts the items that a member is best on, itself or with others", () => {
    const state = pool({ 0: 1, 1: 0, 2: 0.5, 3: 0 }, { 0: 0, 1: 1, 2: 0.5, 3: 0 }, { 0: 1, 1: 0.5, 2: 0, 3: 0 })
    assert.deepStrictEqual(PromptSearch.wins(state), [3, 3, 0])
  })

  it("draws parents from those that are best on some item, the more often the more they are", () => {
    const state = pool({ 0: 0, 1: 0, 2: 0, 3: 0.5 }, { 0: 1, 1: 1, 2: 1, 3: 0 }, { 0: 0.9, 1: 0.9, 2: 0.9, 3: 0.4 })
    assert.deepStrictEqual(PromptSearch.wins(state), [1, 3, 0])
    const drawn = Array.from({ length: 1000 }, (_, round) => PromptSearch.parentOf({ ...state, round }))
    const count = (member: number) => drawn.filter((other) => other === member).length
    assert.strictEqual(count(2), 0)
    assert.isAbove(count(1), count(0))
    assert.isAbove(count(0), 0)
  })

  it("takes a failed run for worse than any score, and leaves it out of the mean", () => {
    const state = pool({ 0: 0, 1: 0, 2: 0, 3: 0 }, { 0: "lost", 1: 1, 2: 0, 3: 0 })
    assert.deepStrictEqual(PromptSearch.wins(state), [3, 3])
    assert.closeTo(PromptSearch.scoreOf(state, 1), 1 / 3, 1e-12)
  })

  it("draws no parent that another is as good as on every item that it is best on", () => {
    const state = pool({ 0: 1, 1: 0, 2: 0, 3: 0 }, { 0: 1, 1: 1, 2: 0, 3: 0 }, { 0: 0, 1: 0, 2: 1, 3: 1 })
    assert.deepStrictEqual(PromptSearch.wins(state), [0, 2, 2])
    assert.deepStrictEqual(PromptSearch.wins(pool(nothing, nothing)), [0, 4])
  })

  it("takes a parent's verdict where a member has none, and the nearest ancestor's first", () => {
    let state = pool({ 0: 0.1, 1: 0.1, 2: 0.1 }, { 1: 0.2 })
    state = PromptSearch.add(state, { parent: 1, verdicts: { 2: 0.3 } })
    assert.deepStrictEqual(
      [0, 1, 2, 3].map((item) => PromptSearch.verdictOf(state, 2, item)),
      [0.1, 0.2, 0.3, undefined]
    )
    assert.closeTo(PromptSearch.scoreOf(state, 2), 0.2, 1e-12)
  })

  it("learns more verdicts of a member, and keeps those it has", () => {
    const state = PromptSearch.refine(pool({ 0: 0 }, { 0: 1 }), 1, { 1: 0.5 })
    assert.deepStrictEqual(state.members[1].verdicts, { 0: 1, 1: 0.5 })
    assert.deepStrictEqual(state.members[0].verdicts, { 0: 0 })
  })

  it("holds the member with the best verdicts for the best, the latest of equals", () => {
    assert.strictEqual(PromptSearch.best(pool(nothing, { 0: 1 }, { 1: 0.5 })), 1)
    assert.strictEqual(PromptSearch.best(pool(nothing, { 0: 1 }, { 1: 1 })), 2)
    assert.strictEqual(PromptSearch.best(pool(nothing, { 0: "lost" })), 0)
  })

  describe("a comparison", () => {
    it("remembers what was won and lost, and makes nothing of what is missing", () => {
      const { lost, won } = differences(1, -0.5, 0, 0.25)
      assert.deepStrictEqual([won, lost], [[0, 3], [1]])
      assert.strictEqual(PromptSearch.compare(PromptSearch.unseen, 0, undefined), PromptSearch.unseen)
    })

    it("accepts as soon as the evidence is enough, and not before", () => {
      FastCheck.assert(
        FastCheck.property(
          FastCheck.array(FastCheck.constantFrom(-1, -0.5, 0, 0.5, 1), { maxLength: 30 }),
          FastCheck.constantFrom(0.05, 0.1, 0.2),
          FastCheck.nat({ max: 30 }),
          (all, rate, left) => {
            const comparison = differences(...all)
            const isEnough = SequentialTest.evidence(comparison.test) >= 1 / rate
            assert.strictEqual(PromptSearch.decide(comparison, left, rate) === "accept", isEnough)
          }
        )
      )
    })

    it("rejects what the items that are left cannot make enough, and what loses", () => {
      assert.strictEqual(PromptSearch.decide(PromptSearch.unseen, 0, 0.1), "reject")
      assert.strictEqual(PromptSearch.decide(PromptSearch.unseen, 2, 0.1), "reject")
      assert.strictEqual(PromptSearch.decide(PromptSearch.unseen, 30, 0.1), "continue")
      assert.strictEqual(PromptSearch.decide(differences(-1, -1, -1, -1), 30, 0.1), "reject")
    })
  })
})
