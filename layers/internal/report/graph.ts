import * as CallGraph from "../../../src/CallGraph.js"
import { cut, type Html } from "./html.js"
import { BAD, FAINT, FONT, figure, GROUND, INK } from "./svg.js"

const BOX = { width: 120, height: 52 }

/** What stands in a box: the name, and what is known of the call. */
const labelOf = ({ failed, name, outputs, span }: CallGraph.CallNode): string => {
  const shapes = outputs.map((shape) => `[${shape.join(", ")}]`).join(" ")
  const time = span === undefined ? "" : `${(span.end - span.start).toFixed(1)} ms`
  const fact = failed ? "failed" : shapes === "" ? time : shapes
  return fact === "" ? cut(name, 16) : `${cut(name, 16)}\n${cut(fact, 18)}`
}

type Place = readonly [x: number, y: number]

/** From the side of one box to the side of another, with an arrowhead. */
const arrow = ([x1, y1]: Place, [x2, y2]: Place, isDown: boolean) => {
  const [bendX, bendY] = isDown ? [0, (y2 - y1) / 2] : [(x2 - x1) / 2, 0]
  const curve = { x1, y1, x2, y2, cpx1: x1 + bendX, cpy1: y1 + bendY, cpx2: x2 - bendX, cpy2: y2 - bendY }
  const head = isDown
    ? [
        [x2 - 4, y2 - 8],
        [x2 + 4, y2 - 8]
      ]
    : [
        [x2 - 8, y2 - 4],
        [x2 - 8, y2 + 4]
      ]
  return [
    { type: "bezierCurve", shape: curve, style: { stroke: FAINT, fill: "none", lineWidth: 1.5 } },
    { type: "polygon", shape: { points: [[x2, y2], ...head] }, style: { fill: FAINT } }
  ]
}

/**
 * Calls by stage: from left to right on a wide page, from the top down on a narrow one.
 *
 * @internal
 */
export const callGraph = (title: string, graph: CallGraph.CallGraph): Html => {
  const stages = CallGraph.stages(graph)
  const nodes = CallGraph.nodes(graph)
  const most = Math.max(1, ...stages.map(({ length }) => length))
  const row = BOX.height + 36
  const down = (isNarrow: boolean) => (isNarrow ? stages.length : most)
  return figure(
    title,
    ({ isNarrow }) => 8 + down(isNarrow) * row,
    ({ isNarrow, width }) => {
      const across = isNarrow ? most : stages.length
      const column = Math.min(210, (width - 4) / across)
      const box = { width: Math.min(BOX.width, column - (isNarrow ? 8 : 40)), height: BOX.height, r: 8 }
      const centres = nodes.map((node): Place => {
        const stage = stages.findIndex((nodes) => nodes.includes(node))
        const beside = stages[stage].indexOf(node) - (stages[stage].length - 1) / 2
        const along = stage - (stages.length - 1) / 2
        const [x, y] = isNarrow ? [beside, along] : [along, beside]
        return [width / 2 + x * column, (8 + down(isNarrow) * row) / 2 + y * row]
      })
      const arrows = nodes.flatMap((_, to) =>
        CallGraph.dependenciesOf(graph, to).flatMap((from) => {
          const [[x1, y1], [x2, y2]] = [centres[from], centres[to]]
          return isNarrow
            ? arrow([x1, y1 + box.height / 2], [x2, y2 - box.height / 2], true)
            : arrow([x1 + box.width / 2, y1], [x2 - box.width / 2, y2], false)
        })
      )
      const boxes = nodes.flatMap((node, k) => {
        const [x, y] = centres[k]
        const place = { x: x - box.width / 2, y: y - box.height / 2 }
        const text = { x, y, text: labelOf(node), fill: INK, fontSize: 12, fontFamily: FONT, lineHeight: 17 }
        return [
          {
            type: "rect",
            shape: { ...box, ...place },
            style: { fill: GROUND, stroke: node.failed ? BAD : FAINT, lineWidth: 1.5 }
          },
          {
            type: "text",
            style: {
              ...text,
              width: box.width - 4,
              overflow: "truncate",
              textAlign: "center",
              textVerticalAlign: "middle"
            }
          }
        ]
      })
      return { graphic: { elements: [...arrows, ...boxes].map((element) => ({ ...element, silent: true })) } }
    }
  )
}
