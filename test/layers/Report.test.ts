import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { diff } from "../../layers/internal/report/diff.js"
import * as Report from "../../layers/Report.js"
import * as CallGraph from "../../src/CallGraph.js"
import * as LoggedRun from "../../src/LoggedRun.js"
import * as RunLog from "../../src/RunLog.js"
import { ablated, events, generation, HOSTILE, hostile, large, started, traced } from "../utils/logged.js"

const page = (some = events) => Effect.map(LoggedRun.make(some), Report.make)

const headings = (html: string) => Array.from(html.matchAll(/<h2>(.*?)<\/h2>/g), ([, heading]) => heading)

describe("a report", () => {
  it.effect("begins with what came of it, and has a section for everything that the log knows", () =>
    Effect.gen(function* () {
      const html = yield* page()
      assert.match(html, /^<!doctype html>\n<html lang="en">/)
      for (const part of [
        "Tuning of desk",
        "20 examples to learn from: 0.25 → <strong>0.45</strong>",
        "10 examples that it never saw: 0.2 → <strong>0.6</strong>",
        "nothing better was found for long",
        "<dd>$0.0450</dd>",
        "<dd>1 of 2</dd>"
      ]) {
        assert.include(html, part)
      }
      assert.deepStrictEqual(headings(html), [
        "Learning curves",
        "Wins and losses by example",
        "What each block is worth",
        "Cost by role",
        "Call graph",
        "One run, call by call",
        "Failed calls",
        "Slowest calls",
        "What was found",
        "Changes that were tried"
      ])
    })
  )

  it.effect("leaves out what there is nothing to show of", () =>
    Effect.gen(function* () {
      const html = yield* page([{ ...started, values: {} }])
      assert.deepStrictEqual(headings(html), [])
      assert.notInclude(html, "<svg")
      assert.notInclude(html, "never saw")
      assert.notInclude(html, "spent")
      assert.notInclude(html, "NaN")
      assert.notInclude(html, "undefined")
    })
  )

  it.effect("has a title for every chart, draws it for both widths, and takes its colours from the page", () =>
    Effect.gen(function* () {
      const html = yield* page()
      const charts = Array.from(html.matchAll(/<svg role="img"[^>]*>(?:<title>(.*?)<\/title>)?/g), ([, title]) => title)
      assert.strictEqual(charts.length, 12)
      for (const title of charts) assert.isString(title)
      assert.notMatch(html, /#0101[01]\d/)
      assert.include(html, 'fill="var(--ink)"')
      assert.notMatch(html, /<text[^>]*fill="(?!var)/)
    })
  )

  it("shows what people and models wrote as text, wherever it stands", () => {
    const html = Report.make(hostile)
    assert.notInclude(html, "<script")
    assert.isAbove(html.split(Report.escape(HOSTILE)).length, 10)
    assert.include(html, "&lt;script")
  })

  it("is of a few megabytes at the most however large the run, and says what it leaves out", () => {
    const html = Report.make(large(1000, 6400))
    assert.isBelow(html.length, 4_000_000)
    for (const part of [
      "460 more are not shown",
      "475 more are not shown",
      "1,600 more examples",
      "60 more are not shown",
      "2119 more are not shown",
      "The slowest 15 of 6,400 recorded calls"
    ]) {
      assert.include(html, part)
    }
  })

  it.effect("has nothing in it that is fetched or run", () =>
    Effect.gen(function* () {
      const html = yield* page()
      assert.notMatch(html, /<script|<link(?! rel="icon" href="data:,")|@import|url\((?!#)|\son\w+=/)
      const addresses = Array.from(html.matchAll(/https?:\/\/[^"\s<]+/g), ([address]) => address)
      assert.deepStrictEqual(
        addresses.filter((address) => !address.startsWith("http://www.w3.org/")),
        []
      )
    })
  )

  it.effect("is saved as a whole, in a folder that is made for it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "hyperfunc-report-" })
      const run = yield* LoggedRun.make(events)
      yield* Report.write(run, `${folder}/a/report.html`)
      assert.strictEqual((yield* fs.readFileString(`${folder}/a/report.html`)).slice(-8), "</html>\n")
      const error = yield* Effect.flip(Report.write(run, "/dev/null/report.html"))
      assert.strictEqual(error.reason, "WriteFailed")
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )
})

describe("charts", () => {
  it("draw negative numbers, infinite ones and single points without a fault", () => {
    const run: LoggedRun.LoggedRun = {
      started,
      generations: [
        generation(0, { score: -Infinity }),
        generation(1, { score: -5, best: { generation: 1, score: -5 } })
      ],
      ablations: [{ ...ablated, difference: { ...ablated.difference, mean: -0.2, lower: -0.4, upper: 0.1 } }],
      calls: [],
      dropped: 0
    }
    const html = Report.make(run)
    assert.include(html, "−0.2")
    assert.notMatch(html, /\bd="[^"]*(NaN|Infinity)/)
    assert.notMatch(html, /(x|y|width|height)="(NaN|Infinity)/)
  })

  it("draw call graphs with an arrow for every dependency", () => {
    const graph = RunLog.graphOf(traced)
    assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 1), [0])
    const svg = Report.callGraph("graph", graph)
    const texts = Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, text]) => text)
    assert.deepStrictEqual(texts, ["route", "8.0 ms", "write", "8.0 ms", "route", "8.0 ms", "write", "8.0 ms"])
  })

  it("count on a matrix, and leave zeros empty", () => {
    const svg = Report.matrix("counts", "written", "read", [
      [5, 0],
      [2, 7]
    ])
    for (const count of [5, 2, 7]) assert.include(svg, `>${count}</text>`)
    assert.include(svg, "<title>counts</title>")
  })

  it("name their lines, which others may have named", () => {
    const svg = Report.lines("curve", "step", [
      {
        name: HOSTILE,
        points: [
          [0, 1],
          [1, 3]
        ]
      }
    ])
    assert.include(svg, Report.escape(HOSTILE))
    assert.notInclude(svg, "<script")
  })
})

describe("the difference of two texts", () => {
  const shown = (before: string, after: string) =>
    diff(before, after)
      .map(({ kind, text }) => (kind === "kept" ? text : kind === "added" ? `[+${text}]` : `[-${text}]`))
      .join("")

  it("is told word by word", () => {
    assert.strictEqual(
      shown("Choose the department.", "Choose the right department."),
      "Choose the[+ right] department."
    )
    assert.strictEqual(shown("a b c", "a c"), "a[- b] c")
    assert.strictEqual(shown("a b", "a x"), "a[- b][+ x]")
    assert.strictEqual(shown("same", "same"), "same")
    assert.strictEqual(shown("", "new"), "[+new]")
    assert.strictEqual(shown("Reply.", "Reply.\n- Be kind."), "Reply.[+\n- Be kind.]")
  })

  it("gives both texts back, of whatever length", () => {
    const random = (seed: number, words: number) =>
      Array.from({ length: words }, (_, k) => `w${(k * seed * 7919) % 13}`).join(k13(seed))
    const k13 = (seed: number) => (seed % 2 === 0 ? " " : "\n")
    for (const [a, b] of [
      [random(1, 40), random(2, 50)],
      [random(3, 3), random(5, 60)],
      [random(1, 1500), random(2, 1500)]
    ]) {
      const parts = diff(a, b)
      const side = (other: string) => parts.flatMap(({ kind, text }) => (kind === other ? [] : [text])).join("")
      assert.strictEqual(side("added"), a)
      assert.strictEqual(side("removed"), b)
    }
  })
})
