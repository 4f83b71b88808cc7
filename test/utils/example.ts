import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import type { Program } from "../../examples/lib/program.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Runs an example in this process: what it measured, and the lines it said. */
export const runExample = (program: Program, settings: { readonly seed: number; readonly model?: string }) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const say = (line: string) => Effect.sync(() => void lines.push(...line.split("\n")))
    const measured = yield* program.run({ ...settings, quiet: false, say })
    return { measured: measured as Readonly<Record<string, number>>, lines }
  }).pipe(Effect.provide(NodeFileSystem.layer))

/** Runs `npm run example -- …` in a process of its own, without any key of a provider. */
export const exampleProcess = (...args: ReadonlyArray<string>) =>
  Effect.promise(
    () =>
      new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resolve) => {
        const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.endsWith("_API_KEY")))
        const child = spawn(process.execPath, ["--import", "tsx", "examples/run.ts", ...args], { cwd: root, env })
        const output = { stdout: "", stderr: "" }
        child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text))
        child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text))
        child.on("close", (code) => resolve({ code, ...output }))
      })
  )
