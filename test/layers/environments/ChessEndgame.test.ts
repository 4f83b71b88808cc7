import { assert, describe, it } from "@effect/vitest"
import { Chess } from "chess.js"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as ChessEndgame from "../../../layers/environments/ChessEndgame.js"
import * as Endgame from "../../../layers/internal/endgame.js"
import { uniforms } from "../../../src/Noise.js"

/** The moves of an episode in which a seed chooses among the legal ones, until it ends or `steps` are made. */
const random = (piece: "queen" | "rook", seed: number, steps: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const environment = yield* ChessEndgame.make({ piece })
      const instance = yield* environment.make
      const isObservation = Schema.is(environment.observations)
      const drawn = new Float32Array(steps)
      uniforms({ seed, generation: 9, pair: 9, block: 9 }, drawn)
      let { observation } = yield* instance.reset(seed)
      const positions = [observation.position]
      const rewards: Array<number> = []
      for (let step = 0; step < steps && observation.moves.length > 0; step++) {
        const { move } = observation.moves[Math.floor(drawn[step] * observation.moves.length)]
        const next = yield* instance.step(move)
        observation = next.observation
        assert.isTrue(isObservation(observation))
        assert.strictEqual(
          next.terminated,
          new Chess(observation.position).isGameOver() || observation.moves.length === 0
        )
        positions.push(observation.position)
        rewards.push(next.reward)
      }
      return { positions, rewards }
    })
  )

const squares = FastCheck.integer({ min: 0, max: 63 })

const positions = FastCheck.record({
  piece: FastCheck.constantFrom<Endgame.Position["piece"]>("queen", "rook"),
  king: squares,
  place: squares,
  other: squares
}).filter(Endgame.isLegal)

const lan = ({ from, to }: { readonly from: number; readonly to: number }) => Endgame.nameOf(from) + Endgame.nameOf(to)

describe("ChessEndgame", () => {
  it.prop("knows the legal moves that chess.js knows", [positions], ([position]) => {
    const known = new Chess(Endgame.fenOf(position)).moves({ verbose: true }).map(({ lan }) => lan)
    assert.deepStrictEqual(Endgame.legalMoves(position).map(lan).sort(), known.sort())
  })

  it.prop("sees mate, stalemate, check and the replies that chess.js sees", [positions], ([position]) => {
    for (const move of Endgame.legalMoves(position).slice(0, 6)) {
      const chess = new Chess(Endgame.fenOf(position))
      chess.move({ from: Endgame.nameOf(move.from), to: Endgame.nameOf(move.to) })
      const replies = chess.moves()
      const { check, freedom, hangs, mate, stalemate } = Endgame.prospect(Endgame.after(position, move))
      assert.deepStrictEqual(
        { check, freedom, hangs, mate, stalemate },
        {
          check: chess.isCheck(),
          freedom: replies.length,
          hangs: replies.some((reply) => reply.includes("x")),
          mate: chess.isCheckmate(),
          stalemate: chess.isStalemate()
        }
      )
    }
  })

  it.effect.prop(
    "plays equal games for equal seeds",
    [FastCheck.maxSafeInteger()],
    ([seed]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* random("rook", seed, 6), yield* random("rook", seed, 6))
      }),
    { fastCheck: { numRuns: 20 } }
  )

  it.effect("begins in other positions for other seeds", () =>
    Effect.gen(function* () {
      const games = yield* Effect.forEach(
        Array.from({ length: 30 }, (_, seed) => seed),
        (seed) => random("queen", seed, 0)
      )
      assert.strictEqual(new Set(games.map(({ positions }) => positions[0])).size, games.length)
    })
  )

  it.effect("ends when the piece is taken, and takes a point for it", () =>
    Effect.gen(function* () {
      const environment = yield* ChessEndgame.make()
      const instance = yield* environment.make
      for (let seed = 0; seed < 40; seed++) {
        const { moves } = (yield* instance.reset(seed)).observation
        const gift = moves.find(({ hangs }) => hangs)
        if (gift === undefined) continue
        const { observation, reward, terminated } = yield* instance.step(gift.move)
        assert.isTrue(terminated)
        assert.strictEqual(reward, ChessEndgame.rewards.draw + ChessEndgame.rewards.move)
        assert.deepStrictEqual(observation.moves, [])
        return
      }
      assert.fail("no seed allows it")
    }).pipe(Effect.scoped)
  )

  it.effect("gives a point for mate", () =>
    Effect.gen(function* () {
      const environment = yield* ChessEndgame.make()
      const instance = yield* environment.make
      for (let seed = 0; seed < 400; seed++) {
        const { moves } = (yield* instance.reset(seed)).observation
        const mate = moves.find(({ mate }) => mate)
        if (mate === undefined) continue
        const { info, reward, terminated } = yield* instance.step(mate.move)
        assert.isTrue(terminated)
        assert.strictEqual(reward, ChessEndgame.rewards.mate + ChessEndgame.rewards.move)
        assert.match(String(info.moves), /#$/)
        return
      }
      assert.fail("no seed allows it")
    }).pipe(Effect.scoped)
  )

  it.effect("refuses moves that the rules forbid, and plays on", () =>
    Effect.gen(function* () {
      const environment = yield* ChessEndgame.make()
      const instance = yield* environment.make
      const { observation } = yield* instance.reset(3)
      const { message, reason } = yield* Effect.flip(Effect.asVoid(instance.step("a1a1")))
      assert.strictEqual(reason, "IllegalMove")
      assert.include(message, observation.position)
      assert.isFalse((yield* instance.step(observation.moves[0].move)).truncated)
    }).pipe(Effect.scoped)
  )

  it.effect("refuses a number of steps that cannot be", () =>
    Effect.gen(function* () {
      for (const maxSteps of [0, -1, 0.5, NaN, Infinity]) {
        const { reason } = yield* Effect.flip(Effect.asVoid(ChessEndgame.make({ maxSteps })))
        assert.strictEqual(reason, "InvalidOptions")
      }
    })
  )

  it.effect("draws the board as SVG, three pieces on it", () =>
    Effect.gen(function* () {
      const environment = yield* ChessEndgame.make()
      const instance = yield* environment.make
      yield* instance.reset(5)
      const frame = yield* instance.render ?? Effect.succeed("")
      assert.strictEqual(frame.match(/<text/g)?.length, 3)
      assert.strictEqual(frame.match(/<rect/g)?.length, 64)
    }).pipe(Effect.scoped)
  )
})
