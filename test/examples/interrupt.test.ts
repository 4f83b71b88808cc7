import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { system } from "../../examples/digits.js"
import * as Mnist from "../../examples/lib/mnist.js"
import * as ArtefactFile from "../../layers/ArtefactFile.js"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import { HyperSystem, Metric } from "../../src/index.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** A folder in which npm finds this package, and in which what its programs write stays apart. */
const workshop = Effect.gen(function* () {
  const fileSystem = yield* FileSystem.FileSystem
  const folder = yield* fileSystem.makeTempDirectoryScoped({ prefix: "hyperfunc-interrupt-" })
  for (const name of ["package.json", "tsconfig.json", "examples", "node_modules"]) {
    yield* fileSystem.symlink(`${root}${name}`, `${folder}/${name}`)
  }
  return folder
})

const signal = (group: number, name: NodeJS.Signals | 0): string => {
  try {
    process.kill(-group, name)
    return "alive"
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

interface Running {
  readonly child: ChildProcess
  readonly group: number
  readonly output: { text: string }
  /** What a shell would say of its end: the exit code, or 128 and the number of the signal. */
  readonly ended: Promise<number | string>
}

/** A command in a process group of its own, as a shell starts it; its group does not outlive the scope. */
const started = (folder: string, command: string, ...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync((): Running => {
      const child = spawn(command, args, { cwd: folder, detached: true, stdio: ["ignore", "pipe", "pipe"] })
      const output = { text: "" }
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output.text += text
        })
      }
      const ended = new Promise<number | string>((resolve) => {
        child.once("close", (code, signal) => resolve(signal === "SIGINT" ? 130 : (code ?? `${signal}`)))
      })
      return { child, group: child.pid!, output, ended }
    }),
    ({ group }) => Effect.sync(() => signal(group, "SIGKILL"))
  )

/** Waits until what was printed matches; fails with all of it if the command ends before. */
const printed = ({ child, ended, output }: Running, pattern: RegExp) =>
  Effect.async<RegExpExecArray, string>((resume) => {
    const look = () => {
      const match = pattern.exec(output.text)
      if (match !== null) resume(Effect.succeed(match))
    }
    child.stdout!.on("data", look)
    void ended.then((code) => resume(Effect.fail(`it ended with ${code} and no ${pattern}:\n${output.text}`)))
    look()
  })

describe.skipIf(process.platform === "win32")("Ctrl-C on npm start", () => {
  it.effect(
    "keeps the best so far, says where, and leaves no process behind",
    () =>
      Effect.gen(function* () {
        const folder = yield* workshop
        const run = yield* started(folder, "npm", "start")
        const [, first] = yield* printed(run, /generation 0\/.*accuracy ([\d.]+) %/)
        // The current parameters are scored every 40 generations: after 64 the best is no longer the start.
        yield* printed(run, /generation 64\//)
        const { text: before } = run.output
        assert.notMatch(before, /interrupted/)

        assert.strictEqual(signal(run.group, "SIGINT"), "alive")
        const code = yield* Effect.promise(() => run.ended)
        const { text } = run.output
        assert.strictEqual(signal(run.group, 0), "ESRCH", text)
        assert.include([0, 130], code, text)

        const [, generations, path] = /interrupted: the best of (\d+) generations is in (\S+)/.exec(text) ?? []
        assert.isAtLeast(Number(generations), 64, text)
        assert.notMatch(text.slice(before.length).replaceAll(/^npm .*$/gm, ""), /error|held-out accuracy/i)

        const fileSystem = yield* FileSystem.FileSystem
        assert.deepStrictEqual((yield* fileSystem.readDirectory(`${folder}/out/digits`)).sort(), [
          "model.json",
          "model.safetensors"
        ])
        const tuned = yield* ArtefactFile.load(system, `${folder}/${path}`)
        const heldOut = Mnist.examples(Mnist.split(Mnist.load(), 1).test)
        const { score } = yield* HyperSystem.evaluate(tuned, heldOut, Metric.accuracy, { seed: 1 })
        assert.isAbove(score, 0.01 + Number(first) / 100)
      }).pipe(Effect.scoped, Effect.provide(Layer.merge(DeviceWasm.layer, NodeFileSystem.layer))),
    120_000
  )
})
