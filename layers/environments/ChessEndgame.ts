/**
 * A chess endgame: to mate a lone king with king and queen, or king and rook. Played by the rules of
 * [chess.js](https://github.com/jhlywa/chess.js), an optional peer.
 *
 * An observation lists the legal moves, each with what it leads to, so that a policy can rate moves. Black takes the piece
 * when it can and else stays near the middle; where that leaves a choice, the seed decides.
 *
 * @since 0.1.0
 */
import { Chess } from "chess.js"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Environment from "../../src/Environment.js"
import * as Noise from "../../src/Noise.js"
import * as Board from "../internal/board.js"
import * as Endgame from "../internal/endgame.js"

const squares = Schema.Int.pipe(Schema.between(0, 64))

/**
 * A move as `from` and `to`, such as `d1d7`.
 *
 * @since 0.1.0
 * @category models
 */
export const Action = Schema.String.pipe(Schema.pattern(/^[a-h][1-8][a-h][1-8]$/))

/**
 * A legal move, and what the board is like after it.
 *
 * - `hangs`: Black can take the piece
 * - `freedom`: squares that the black king can go to next
 * - `room`: squares that it could ever get to if White stood still, itself included
 * - `apart`: moves of a king between the kings
 * - `edge`: moves of the black king to the edge
 * - `repeats`: how often this episode has already seen the position
 *
 * @since 0.1.0
 * @category models
 */
export const Move = Schema.Struct({
  move: Action,
  mate: Schema.Boolean,
  stalemate: Schema.Boolean,
  hangs: Schema.Boolean,
  check: Schema.Boolean,
  freedom: squares,
  room: squares,
  apart: squares,
  edge: squares,
  repeats: Schema.NonNegativeInt
})

/**
 * @since 0.1.0
 * @category models
 */
export type Move = typeof Move.Type

/**
 * The position in Forsyth-Edwards notation, and the legal moves; none once the game is over.
 *
 * @since 0.1.0
 * @category models
 */
export const Observation = Schema.Struct({ position: Schema.String, moves: Schema.Array(Move) })

/**
 * @since 0.1.0
 * @category models
 */
export type Observation = typeof Observation.Type

/**
 * @since 0.1.0
 * @category errors
 */
export class ChessEndgameError extends Schema.TaggedError<ChessEndgameError>("hyperfunc/ChessEndgameError")(
  "ChessEndgameError",
  {
    reason: Schema.Literal("IllegalMove", "InvalidOptions"),
    detail: Schema.String,
    /** What to do about it. */
    cure: Schema.String
  }
) {
  override get message(): string {
    return `${this.detail}. ${this.cure}`
  }
}

/**
 * - `piece`: what White has beside the king, default `"queen"`
 * - `maxSteps`: moves of White's, default 50
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly piece?: "queen" | "rook"
  readonly maxSteps?: number
}

/**
 * Mate gives 1, a draw takes 1, and every move takes 0.01.
 *
 * @since 0.1.0
 * @category constants
 */
export const rewards = { mate: 1, draw: -1, move: -0.01 } as const

const streams = { start: Noise.blockId("hyperfunc/ChessEndgame/start"), black: Noise.blockId("hyperfunc/ChessEndgame") }

const draw = (seed: number, block: number, start: number, count: number): Float32Array => {
  const drawn = new Float32Array(count)
  Noise.uniforms({ seed, generation: 0, pair: 0, block }, drawn, 0, count, start)
  return drawn
}

/** The first position of the seed's that White may be to move in. */
const startOf = (seed: number, piece: Endgame.Position["piece"]): Endgame.Position => {
  for (let attempt = 0; ; attempt++) {
    const [king, place, other] = draw(seed, streams.start, attempt * 3, 3).map((share) => Math.floor(share * 64))
    const position = { piece, king, place, other }
    if (Endgame.isLegal(position)) return position
  }
}

/** Moves of a king to the middle of the board, and a half. */
const fromMiddle = (square: number): number =>
  Math.max(Math.abs((square % 8) - 3.5), Math.abs(Math.floor(square / 8) - 3.5))

const keyOf = ({ king, other, place }: Endgame.Position): string => `${king} ${place} ${other}`

const nameOf = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  Endgame.nameOf(from) + Endgame.nameOf(to)

/** One game: the board of chess.js, and what it does not tell cheaply. */
class Game {
  readonly chess: Chess
  readonly seed: number
  readonly moves: Array<string> = []
  private position: Endgame.Position
  private readonly seen = new Map<string, number>()
  isOver = false

  constructor(seed: number, piece: Endgame.Position["piece"]) {
    this.seed = seed
    this.position = startOf(seed, piece)
    this.chess = new Chess(Endgame.fenOf(this.position))
  }

  observe(): Observation {
    return { position: this.chess.fen(), moves: this.isOver ? [] : this.legal().map((move) => this.prospect(move)) }
  }

  isLegal(action: string): boolean {
    return !this.isOver && this.legal().some((move) => nameOf(move) === action)
  }

  step(action: string): Environment.Step<Observation> {
    this.white(action)
    if (!this.isOver) this.black()
    const outcome = this.chess.isCheckmate() ? rewards.mate : this.isOver ? rewards.draw : 0
    return {
      observation: this.observe(),
      reward: rewards.move + outcome,
      terminated: this.isOver,
      truncated: false,
      info: { moves: [...this.moves] }
    }
  }

  private legal() {
    return Endgame.legalMoves(this.position)
  }

  private prospect(move: { readonly from: number; readonly to: number }): Move {
    const next = Endgame.after(this.position, move)
    return { move: nameOf(move), ...Endgame.prospect(next), repeats: this.seen.get(keyOf(next)) ?? 0 }
  }

  private white(action: string): void {
    const [from, to] = [action.slice(0, 2), action.slice(2)]
    this.moves.push(this.chess.move({ from, to }).san)
    this.isOver = this.chess.isGameOver()
    this.position = Endgame.after(this.position, { from: Endgame.squareOf(from), to: Endgame.squareOf(to) })
    const key = keyOf(this.position)
    this.seen.set(key, (this.seen.get(key) ?? 0) + 1)
  }

  private black(): void {
    const replies = this.chess.moves().map((san) => ({ san, to: Endgame.squareOf(san.slice(-2)) }))
    const drawn = draw(this.seed, streams.black, this.moves.length * 8, 8)
    const worths = replies.map(({ san, to }, k) => (san.includes("x") ? 8 : 0) - fromMiddle(to) + drawn[k] / 2)
    const { san, to } = replies[worths.indexOf(Math.max(...worths))]
    this.moves.push(this.chess.move(san).san)
    this.isOver = this.chess.isGameOver()
    this.position = { ...this.position, other: to }
  }
}

/**
 * @since 0.1.0
 * @category environments
 */
export const make = (
  options: Options = {}
): Effect.Effect<Environment.Environment<Observation, string, ChessEndgameError>, ChessEndgameError> => {
  const { maxSteps = 50, piece = "queen" } = options
  if (!(Number.isSafeInteger(maxSteps) && maxSteps > 0)) {
    return new ChessEndgameError({
      reason: "InvalidOptions",
      detail: `maxSteps is ${maxSteps}`,
      cure: "Use a whole number of at least 1"
    })
  }
  return Effect.succeed({
    name: `Chess, king and ${piece} against king`,
    observations: Observation,
    actions: Action,
    maxSteps,
    make: Effect.sync(() => {
      let game = new Game(0, piece)
      const illegal = (action: string) =>
        new ChessEndgameError({
          reason: "IllegalMove",
          detail: `${action} is no legal move in ${game.chess.fen()}`,
          cure: "Choose one of the moves of the observation"
        })
      return {
        reset: (seed) =>
          Effect.sync(() => {
            game = new Game(seed, piece)
            return { observation: game.observe(), info: {} }
          }),
        step: (action) =>
          Effect.suspend(() =>
            game.isLegal(action) ? Effect.sync(() => game.step(action)) : Effect.fail(illegal(action))
          ),
        render: Effect.sync(() => Board.render(game.chess.fen()))
      }
    })
  })
}
