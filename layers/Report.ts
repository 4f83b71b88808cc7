/**
 * What came of an optimization, as one HTML page: learning curves, what was tried and why it was kept or not, what each block
 * is worth, what it cost, and what was called.
 *
 * A page needs no network and no script, is readable on a phone, and follows the reader's choice of light or dark. Sections
 * that a log has nothing for are left out, and what would be too much is thinned out or counted.
 *
 * Charts are drawn by `echarts`, which has to be installed.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type * as CallGraph from "../src/CallGraph.js"
import type * as LoggedRun from "../src/LoggedRun.js"
import { RunLogError } from "../src/RunLogError.js"
import * as Calls from "./internal/report/calls.js"
import * as Cells from "./internal/report/cells.js"
import * as Curves from "./internal/report/curves.js"
import * as Graph from "./internal/report/graph.js"
import { headline } from "./internal/report/headline.js"
import * as internal from "./internal/report/html.js"
import * as Page from "./internal/report/page.js"
import * as Proposals from "./internal/report/proposals.js"
import * as Worth from "./internal/report/worth.js"
import * as WholeFile from "./internal/wholeFile.js"

/**
 * The page of a run.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (run: LoggedRun.LoggedRun): string =>
  Page.page(
    `Tuning of ${run.started.system}`,
    [
      headline(run),
      Worth.learning(run),
      Proposals.items(run),
      Worth.ablations(run),
      Worth.cost(run),
      Calls.graph(run),
      Calls.waterfall(run),
      Calls.failed(run),
      Calls.slowest(run),
      Worth.best(run),
      Proposals.proposals(run)
    ].flatMap((section) => section ?? [])
  )

/**
 * Saves a page. What was there before is replaced as a whole, or not at all. Fails with `WriteFailed`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const save = (page: string, file: string): Effect.Effect<void, RunLogError, FileSystem.FileSystem> =>
  Effect.mapError(
    WholeFile.write(file, page),
    (cause) => new RunLogError({ reason: "WriteFailed", source: file, ...WholeFile.unwritable, cause })
  )

/**
 * Saves the page of a run. Fails with `WriteFailed`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const write = (
  run: LoggedRun.LoggedRun,
  file: string
): Effect.Effect<void, RunLogError, FileSystem.FileSystem> => Effect.suspend(() => save(make(run), file))

/**
 * A page of one's own, in the same style. `title` is text, sections are HTML: what others wrote has to be escaped.
 *
 * @since 0.1.0
 * @category parts
 */
export const page = (title: string, sections: ReadonlyArray<string>): string =>
  Page.page(
    title,
    sections.map((section) => new internal.Html(section))
  )

/**
 * A text as HTML.
 *
 * @since 0.1.0
 * @category parts
 */
export const escape: (text: string) => string = internal.escape

/**
 * @since 0.1.0
 * @category models
 */
export interface Line {
  readonly name: string
  readonly points: ReadonlyArray<readonly [x: number, y: number]>
}

/**
 * Lines over an axis called `name`. Where some lie in [0, 1] and others do not, those that do have the right-hand scale.
 *
 * @since 0.1.0
 * @category parts
 */
export const lines = (title: string, name: string, series: ReadonlyArray<Line>): string =>
  Curves.lines(title, name, series).text

/**
 * Counts by row and column, with names for both. Equal row and column count as right.
 *
 * @since 0.1.0
 * @category parts
 */
export const matrix = (
  title: string,
  rows: string,
  columns: string,
  counts: ReadonlyArray<ReadonlyArray<number>>
): string => Cells.matrix(title, rows, columns, counts).text

/**
 * The calls of a run and what depended on what.
 *
 * @since 0.1.0
 * @category parts
 */
export const callGraph = (title: string, graph: CallGraph.CallGraph): string => Graph.callGraph(title, graph).text
