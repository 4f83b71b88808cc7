import { spawn } from "node:child_process"
import { createRequire } from "node:module"
import { text } from "node:stream/consumers"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ExperimentFile from "../../layers/ExperimentFile.js"
import * as Dataset from "../../src/Dataset.js"
import * as EvalGate from "../../src/EvalGate.js"
import * as Experiment from "../../src/Experiment.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Metric from "../../src/Metric.js"
import { inContext, said } from "../utils/cli.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** A system that is right about the first so many of ten examples. */
const experimentOf = (right: number, count = 10) =>
  Effect.gen(function* () {
    const schemas = { input: Schema.Number, expected: Schema.Boolean }
    const rows = Array.from({ length: count }, (_, input) => ({ input, expected: true }))
    const dataset = yield* Dataset.make("ten", schemas, rows)
    const system = HyperSystem.make("first", { run: (x: number) => Effect.succeed(x < right) })
    return yield* Experiment.run(
      system,
      dataset,
      Metric.perExample((output: boolean) => Number(output)),
      { name: `${right} of ${count}` }
    )
  })

/** A folder with a gate and the experiments `good.json` (9 of 10), `bad.json` (2 of 10) and `small.json` (5 of 5). */
const workshop = (gate: unknown) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "hyperfunc-cli-" })
    yield* ExperimentFile.save(yield* experimentOf(9), `${folder}/runs/good.json`)
    yield* ExperimentFile.save(yield* experimentOf(2), `${folder}/runs/bad.json`)
    yield* ExperimentFile.save(yield* experimentOf(5, 5), `${folder}/runs/small.json`)
    yield* fs.writeFileString(`${folder}/gate.json`, typeof gate === "string" ? gate : JSON.stringify(gate))
    return { folder, fs, gate: `${folder}/gate.json`, at: (name: string) => `${folder}/runs/${name}.json` }
  })

const named = {
  name: "release",
  experiment: "runs/good.json",
  baseline: "runs/bad.json",
  rules: [{ rule: "minimum", score: 0.8 }, { rule: "noRegression" }]
}

describe("hyperfunc gate", () => {
  it.effect("ends with 0 when the gate is passed, and finds files beside the gate", () =>
    inContext(
      Effect.gen(function* () {
        const { gate } = yield* workshop(named)
        const { code, err, out } = yield* said("gate", gate)
        assert.deepStrictEqual([code, err], [0, ""])
        assert.deepStrictEqual(out.split("\n").slice(0, 2), [
          "release: passed",
          "  ✓ minimum: the score is 0.9, at least 0.8"
        ])
      })
    )
  )

  it.effect("ends with 1 when it is not, and takes files from the command line first", () =>
    inContext(
      Effect.gen(function* () {
        const { at, gate } = yield* workshop(named)
        const { code, err, out } = yield* said("gate", gate, "--experiment", at("bad"), "--baseline", at("good"))
        assert.deepStrictEqual([code, err], [1, ""])
        assert.include(out, "release: failed")
        assert.include(out, "✗ minimum: the score is 0.2, below 0.8")
        assert.include(out, "✗ noRegression: worse: the difference is -0.7 on 10 examples")
      })
    )
  )

  it.effect("prints the verdict as JSON and nothing else, options before or after the file", () =>
    inContext(
      Effect.gen(function* () {
        const { gate } = yield* workshop(named)
        const { out } = yield* said("gate", gate, "--json")
        const verdict = yield* Schema.decode(Schema.parseJson(EvalGate.Verdict))(out)
        assert.isTrue(verdict.passed)
        assert.strictEqual(verdict.comparison?.wins.length, 7)
        assert.strictEqual((yield* said("gate", "--json", gate)).out, out)
      })
    )
  )

  it.effect("writes JUnit XML, with a case a rule", () =>
    inContext(
      Effect.gen(function* () {
        const floor = { rule: "floor", tag: "<&>", score: 0 }
        const { folder, fs, gate } = yield* workshop({ ...named, rules: [...named.rules, floor] })
        const file = `${folder}/reports/gate.xml`
        assert.strictEqual((yield* said("gate", gate, "--junit", file)).code, 1)
        const xml = yield* fs.readFileString(file)
        assert.match(xml, /<testsuite name="release: 9 of 10" tests="4" failures="1"/)
        assert.include(xml, 'name="floor of &lt;&amp;>"')
        assert.match(xml, /<failure message="the score of &quot;&lt;&amp;>&quot; is unknown/)
      })
    )
  )

  it.effect("compares on the examples that both have when it is asked to", () =>
    inContext(
      Effect.gen(function* () {
        const { at, gate } = yield* workshop(named)
        const refused = yield* said("gate", gate, "--baseline", at("small"))
        assert.strictEqual(refused.code, 2)
        assert.include(refused.err, "of which they share 5")
        const compared = yield* said("gate", gate, "--baseline", at("small"), "--intersection")
        assert.strictEqual(compared.code, 0)
        assert.include(compared.out, "on 5 examples")
      })
    )
  )

  it.effect("ends with 2 and one readable line when the input is bad", () =>
    inContext(
      Effect.gen(function* () {
        const cases: ReadonlyArray<readonly [unknown, ReadonlyArray<string>, string]> = [
          [{ ...named, rules: [{ rule: "minimun" }] }, [], 'there is no rule "minimun"'],
          ["{", [], "gate.json: it is not JSON"],
          [{ rules: named.rules }, [], "there is no experiment to check"],
          [{ ...named, experiment: "runs/none.json" }, [], "none.json: there is no such file"],
          [{ ...named, experiment: "gate.json" }, [], "it is not an experiment"],
          [{ rules: named.rules, experiment: "runs/good.json" }, [], "nothing to compare with"],
          [named, ["--junit", "/dev/null/gate.xml"], "gate.xml"]
        ]
        for (const [content, options, expected] of cases) {
          const { gate } = yield* workshop(content)
          const { code, err, out } = yield* said("gate", gate, ...options)
          assert.deepStrictEqual([code, out], [2, ""], expected)
          assert.include(err, expected)
          assert.match(err, /^hyperfunc: [^\n]*$/)
        }
        const none = yield* said("gate", "/no/such/gate.json")
        assert.deepStrictEqual([none.code, none.err.includes("there is no such file")], [2, true])
      })
    )
  )

  it.effect("ends with 2 when the command is not understood, and says so once", () =>
    inContext(
      Effect.gen(function* () {
        const { gate } = yield* workshop(named)
        const cases = [
          [["gat"], "Invalid subcommand"],
          [["gate"], "Missing argument"],
          [["gate", gate, "--basline", "x"], "--basline"]
        ] as const
        for (const [args, expected] of cases) {
          const { code, err } = yield* said(...args)
          assert.strictEqual(code, 2)
          assert.strictEqual(err.split(expected).length, 2, err)
        }
      })
    )
  )

  it.effect("explains itself and completes its options", () =>
    inContext(
      Effect.gen(function* () {
        const help = yield* said("gate", "--help")
        assert.strictEqual(help.code, 0)
        for (const option of ["--experiment", "--baseline", "--json", "--junit"]) assert.include(help.out, option)
        const completions = yield* said("--completions", "bash")
        assert.strictEqual(completions.code, 0)
        assert.include(completions.out, "--baseline")
      })
    )
  )
})

describe("the command itself", () => {
  it.effect(
    "ends its process with the verdict",
    () =>
      inContext(
        Effect.gen(function* () {
          const { at, gate } = yield* workshop(named)
          const output = yield* Effect.promise((signal) => {
            const args = ["--import", "tsx", "layers/cli/main.ts", "gate", gate, "--experiment", at("bad")]
            const child = spawn(process.execPath, args, { cwd: root, signal })
            const code = new Promise((resolve) => child.once("close", resolve))
            return Promise.all([code, text(child.stdout), text(child.stderr)])
          })
          assert.deepStrictEqual([output[0], output[2]], [1, ""])
          assert.include(output[1], "release: failed")
        })
      ),
    60_000
  )

  it.effect(
    "names the package that is missing",
    () =>
      inContext(
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const folder = yield* fs.makeTempDirectoryScoped({ prefix: "hyperfunc-cli-" })
          for (const part of ["src", "services", "layers"]) yield* fs.copy(`${root}${part}`, `${folder}/${part}`)
          yield* fs.writeFileString(`${folder}/package.json`, '{ "type": "module" }')
          yield* fs.makeDirectory(`${folder}/node_modules/@effect`, { recursive: true })
          for (const name of ["effect", "re2js", "@effect/platform", "@effect/platform-node"]) {
            yield* fs.symlink(`${root}node_modules/${name}`, `${folder}/node_modules/${name}`)
          }
          const output = yield* Effect.promise((signal) => {
            const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
            const child = spawn(process.execPath, ["--import", tsx, "layers/cli/main.ts", "gate"], {
              cwd: folder,
              signal
            })
            const code = new Promise((resolve) => child.once("close", resolve))
            return Promise.all([code, text(child.stderr)])
          })
          assert.strictEqual(output[0], 2)
          assert.match(output[1], /^hyperfunc: the command line needs @effect\/cli, .* npm install @effect\/cli /)
        })
      ),
    60_000
  )
})
