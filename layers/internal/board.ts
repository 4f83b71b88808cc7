const glyphs: Readonly<Record<string, string>> = { k: "♚", q: "♛", r: "♜", b: "♝", n: "♞", p: "♟" }

const glyph = (piece: string, column: number, row: number): string => {
  const [fill, stroke] = piece === piece.toUpperCase() ? ["#ffffff", "#212529"] : ["#212529", "#f8f9fa"]
  return `<text x="${column + 0.5}" y="${row + 0.8}" font-size="0.85" text-anchor="middle" fill="${fill}" stroke="${stroke}" stroke-width="0.03">${glyphs[piece.toLowerCase()]}\uFE0E</text>`
}

/**
 * A position in Forsyth-Edwards notation as SVG.
 *
 * @internal
 */
export const render = (fen: string): string => {
  const [placement, turn] = fen.split(" ")
  const rows = placement.replace(/\d/g, (empty) => " ".repeat(Number(empty))).split("/")
  const parts = rows.flatMap((pieces, row) =>
    Array.from(pieces, (piece, column) => {
      const fill = (row + column) % 2 === 0 ? "#ebd9b4" : "#ae8a68"
      const square = `<rect x="${column}" y="${row}" width="1" height="1" fill="${fill}"/>`
      return piece === " " ? square : square + glyph(piece, column, row)
    })
  )
  const label = `${turn === "w" ? "White" : "Black"} to move: ${placement}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" role="img" aria-label="${label}">${parts.join("")}</svg>`
}
