import * as FileSystem from "@effect/platform/FileSystem"
import * as Terminal from "@effect/platform/Terminal"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Event from "../../src/RunEvent.js"
import * as RunLog from "../../src/RunLog.js"
import { inContext, said } from "../utils/cli.js"
import { ended, events, failed, generation, HOSTILE, started } from "../utils/logged.js"

/** A folder with `run.jsonl`, which has these events, or this text. */
const workshop = (content: string | ReadonlyArray<Event.RunEvent> = events) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "hyperfunc-runs-" })
    const text = typeof content === "string" ? content : content.map((event) => `${RunLog.encode(event)}\n`).join("")
    yield* fs.writeFileString(`${folder}/run.jsonl`, text)
    return { fs, folder, log: `${folder}/run.jsonl` }
  })

const bad: ReadonlyArray<readonly [string, string]> = [
  ['{"observations":[]}\n', "run.jsonl:1: it is not the log of a run"],
  [`${RunLog.encode(started)}\nnonsense\n`, "run.jsonl:2: the line is no event of a log"],
  [`${JSON.stringify({ ...started, version: 9 })}\n`, "it has version 9 of the format"]
]

describe("hyperfunc report", () => {
  it.effect("makes a page beside the log, and says where it is", () =>
    inContext(
      Effect.gen(function* () {
        const { folder, fs, log } = yield* workshop()
        const { code, err, out } = yield* said("report", log)
        assert.deepStrictEqual([code, err, out], [0, "", `${folder}/run.html`])
        assert.include(yield* fs.readFileString(out), "<h1>Tuning of desk</h1>")
      })
    )
  )

  it.effect("makes it where it is told to, and prints what the run came to as JSON", () =>
    inContext(
      Effect.gen(function* () {
        const { folder, fs, log } = yield* workshop()
        const page = `${folder}/pages/desk.html`
        const { code, out } = yield* said("report", log, "-o", page, "--json")
        assert.strictEqual(code, 0)
        assert.deepInclude(JSON.parse(out), {
          report: page,
          system: "desk",
          outcome: "ended",
          after: 0.45,
          accepted: 1
        })
        assert.isTrue(yield* fs.exists(page))
        assert.isFalse(yield* fs.exists(`${folder}/run.html`))
      })
    )
  )

  it.effect("shows a run that is still under way, and one whose process was killed in the middle of a line", () =>
    inContext(
      Effect.gen(function* () {
        const { fs, log } = yield* workshop(`${RunLog.encode(started)}\n${RunLog.encode(generation(0))}\n{"_tag":"Gen`)
        const { code, out } = yield* said("report", log)
        assert.strictEqual(code, 0)
        assert.include(yield* fs.readFileString(out), "still under way, or its process was killed")
      })
    )
  )

  it.effect("ends with 2 and one readable line when there is nothing to make a page of, or no place for it", () =>
    inContext(
      Effect.gen(function* () {
        const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, string]> = [
          ...bad.map(([text, expected]) => [text, [], expected] as const),
          ["", [], "it is empty"],
          [`${RunLog.encode(failed)}\n`, [], "it ends before a search began"],
          [`${RunLog.encode(started)}\n`, ["-o", "/dev/null/page.html"], "/dev/null/page.html"]
        ]
        for (const [text, options, expected] of cases) {
          const { log } = yield* workshop(text)
          const { code, err, out } = yield* said("report", log, ...options)
          assert.deepStrictEqual([code, out], [2, ""], expected)
          assert.include(err, expected)
          assert.match(err, /^hyperfunc: [^\n]*$/)
        }
        const none = yield* said("report", "/no/such/run.jsonl")
        assert.deepStrictEqual([none.code, none.err.includes("there is no such file")], [2, true])
      })
    )
  )
})

describe("hyperfunc watch", () => {
  it.effect("says a line for every generation, with rate, spending and the time that is left", () =>
    inContext(
      Effect.gen(function* () {
        const { log } = yield* workshop()
        const { code, err, out } = yield* said("watch", log)
        assert.deepStrictEqual([code, err], [0, ""])
        assert.deepStrictEqual(out.replaceAll("\u00a0", " ").split("\n"), [
          "desk: 20 examples, score 0.25",
          "generation 0/4  score 0.25  best 0.25",
          "generation 1/4  score 0.35  reward 0.3  best 0.35  $0.0300 spent  40 runs/s  3.0 s left",
          "generation 2/4  score 0.45  reward 0.3  best 0.45  $0.0450 spent  30 runs/s",
          "ended (plateau): 0.25 → 0.65"
        ])
      })
    )
  )

  it.effect("prints every event as a line of JSON when it is asked to", () =>
    inContext(
      Effect.gen(function* () {
        const { log } = yield* workshop()
        const { code, out } = yield* said("watch", "--json", log)
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(yield* RunLog.parse(out), events.slice(0, events.indexOf(ended) + 1))
      })
    )
  )

  it.effect("ends with 1 when the run has failed, and says why", () =>
    inContext(
      Effect.gen(function* () {
        const { log } = yield* workshop([started, failed])
        const { code, out } = yield* said("watch", log)
        assert.strictEqual(code, 1)
        assert.include(out, `failed: LLMError: ${HOSTILE}`)
      })
    )
  )

  it.effect("puts a generation in the place of the one before on a terminal, in one row", () =>
    inContext(
      Effect.gen(function* () {
        const shown: Array<string> = []
        const terminal = Terminal.Terminal.of({
          ...(yield* Terminal.Terminal),
          isTTY: Effect.succeed(true),
          columns: Effect.succeed(30),
          display: (text) => Effect.sync(() => shown.push(text))
        })
        const { log } = yield* workshop([started, generation(0), generation(1), ended])
        const { out } = yield* Effect.provideService(said("watch", log), Terminal.Terminal, terminal)
        assert.strictEqual(out, "")
        assert.deepStrictEqual(
          shown.map((text) => text.endsWith("\n")),
          [true, false, false, true]
        )
        const rows = shown.map((text) => text.replace("\r\u001b[2K", ""))
        assert.strictEqual(rows[2], "generation 1/4  score 0.35  r")
      })
    )
  )

  it.effect("ends with 2 and one readable line when there is nothing to watch", () =>
    inContext(
      Effect.gen(function* () {
        for (const [text, expected] of bad) {
          const { log } = yield* workshop(text)
          const { code, err } = yield* said("watch", log)
          assert.strictEqual(code, 2)
          assert.include(err, expected)
          assert.match(err, /^hyperfunc: [^\n]*$/)
        }
        const none = yield* said("watch", "/no/such/run.jsonl", "--wait", "0")
        assert.deepStrictEqual([none.code, none.err.includes("there is no such file")], [2, true])
      })
    )
  )
})

describe("the commands for runs", () => {
  it.effect("explain themselves and complete their options", () =>
    inContext(
      Effect.gen(function* () {
        const options = { report: ["--output", "-o", "--json"], watch: ["--wait", "--json"] }
        for (const [command, expected] of Object.entries(options)) {
          const help = yield* said(command, "--help")
          assert.strictEqual(help.code, 0)
          for (const option of expected) assert.include(help.out, option)
        }
        for (const shell of ["bash", "zsh", "fish"]) {
          const { code, out } = yield* said("--completions", shell)
          assert.strictEqual(code, 0)
          for (const word of ["report", "watch", "output", "wait"]) assert.include(out, word)
        }
      })
    )
  )

  it.effect("end with 2 when they are not understood, and say so once", () =>
    inContext(
      Effect.gen(function* () {
        const cases = [
          [["report"], "Missing argument"],
          [["watch"], "Missing argument"],
          [["watch", "run.jsonl", "--wait", "long"], "long"],
          [["report", "run.jsonl", "--out", "x"], "--out"]
        ] as const
        for (const [args, expected] of cases) {
          const { code, err } = yield* said(...args)
          assert.strictEqual(code, 2, args.join(" "))
          assert.include(err, expected)
        }
      })
    )
  )
})
