/**
 * White's king and one piece against Black's king, White to move. Squares are counted row by row from a8.
 *
 * @internal
 */
export interface Position {
  readonly piece: "queen" | "rook"
  readonly king: number
  readonly place: number
  readonly other: number
}

/** @internal */
export const nameOf = (square: number): string => "abcdefgh"[square % 8] + String(8 - Math.floor(square / 8))

/** @internal */
export const squareOf = (name: string): number => (8 - Number(name[1])) * 8 + "abcdefgh".indexOf(name[0])

/** Moves of a king between two squares. */
const distance = (a: number, b: number): number =>
  Math.max(Math.abs((a % 8) - (b % 8)), Math.abs(Math.floor(a / 8) - Math.floor(b / 8)))

const straight = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0]
] as const

const diagonal = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1]
] as const

const everyWay = [...straight, ...diagonal]

const ahead = (square: number, [down, right]: readonly [number, number]): number | undefined => {
  const [row, column] = [Math.floor(square / 8) + down, (square % 8) + right]
  return row >= 0 && row < 8 && column >= 0 && column < 8 ? row * 8 + column : undefined
}

const besides = Array.from({ length: 64 }, (_, square) =>
  everyWay.map((way) => ahead(square, way)).filter((next) => next !== undefined)
)

/** What the piece sees from where it stands, up to and without the white king. It looks through the black one. */
const sight = ({ king, piece, place }: Position): ReadonlySet<number> => {
  const seen = new Set<number>()
  for (const way of piece === "queen" ? everyWay : straight) {
    for (let next = ahead(place, way); next !== undefined && next !== king; next = ahead(next, way)) seen.add(next)
  }
  return seen
}

/**
 * Every legal move of White's.
 *
 * @internal
 */
export const legalMoves = (position: Position): ReadonlyArray<{ readonly from: number; readonly to: number }> => {
  const { king, other, place } = position
  const ofKing = besides[king].filter((to) => to !== place && distance(to, other) > 1)
  return [...ofKing.map((to) => ({ from: king, to })), ...[...sight(position)].map((to) => ({ from: place, to }))]
}

/**
 * What White gets by a move.
 *
 * @internal
 */
export interface Prospect {
  readonly mate: boolean
  readonly stalemate: boolean
  /** Whether Black can take the piece. */
  readonly hangs: boolean
  readonly check: boolean
  /** Squares that the black king can go to next, 0 to 8. */
  readonly freedom: number
  /** Squares that it could ever get to if White stood still, itself included, 1 to 64. */
  readonly room: number
  /** Moves between the kings, 2 to 7. */
  readonly apart: number
  /** Moves of the black king to the edge, 0 to 3. */
  readonly edge: number
}

/** @internal */
export const after = (position: Position, { from, to }: { readonly from: number; readonly to: number }): Position =>
  from === position.king ? { ...position, king: to } : { ...position, place: to }

/**
 * The prospect of a position, Black to move.
 *
 * @internal
 */
export const prospect = (position: Position): Prospect => {
  const { king, other, place } = position
  const seen = sight(position)
  const isSafe = (square: number): boolean => distance(square, king) > 1 && !seen.has(square)
  const ways = besides[other].filter(isSafe)
  const room = new Set([other])
  for (const square of room) {
    for (const next of besides[square]) if (isSafe(next)) room.add(next)
  }
  const check = seen.has(other)
  const [row, column] = [Math.floor(other / 8), other % 8]
  return {
    mate: check && ways.length === 0,
    stalemate: !check && ways.length === 0,
    hangs: ways.includes(place),
    check,
    freedom: ways.length,
    room: room.size,
    apart: distance(king, other),
    edge: Math.min(row, 7 - row, column, 7 - column)
  }
}

/**
 * Whether White may be to move: three squares, kings apart, Black not in check.
 *
 * @internal
 */
export const isLegal = (position: Position): boolean => {
  const { king, other, place } = position
  return king !== place && place !== other && distance(king, other) > 1 && !sight(position).has(other)
}

/** @internal */
export const fenOf = ({ king, other, piece, place }: Position): string => {
  const pieces = new Map([
    [king, "K"],
    [place, piece === "queen" ? "Q" : "R"],
    [other, "k"]
  ])
  const rows = Array.from({ length: 8 }, (_, row) =>
    Array.from({ length: 8 }, (_, column) => pieces.get(row * 8 + column) ?? "1").join("")
  )
  return `${rows.join("/").replace(/1+/g, ({ length }) => String(length))} w - - 0 1`
}
