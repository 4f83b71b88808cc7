/**
 * The Effect language service's diagnostics, warnings included. Under NodeNext it cannot recognise `Effect.provide` behind
 * `import * as Effect from "effect/Effect"` (effect's declarations count as CommonJS, and the namespace becomes a copy), and it
 * reads no configuration but the nearest tsconfig.json: so it gets a copy of the sources with bundler resolution.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const ts = createRequire(import.meta.url)("typescript")
const root = fileURLToPath(new URL("..", import.meta.url))
const copy = mkdtempSync(join(tmpdir(), "hyperfunc-effect-"))
const { config } = ts.parseConfigFileTextToJson("tsconfig.json", readFileSync(join(root, "tsconfig.json"), "utf8"))
const compilerOptions = { ...config.compilerOptions, module: "ESNext", moduleResolution: "Bundler" }

try {
  for (const folder of ["src", "services", "layers", "test", "examples", "bench", "package.json"]) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true })
  }
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ ...config, compilerOptions }))
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction")
  const command = join(root, "node_modules/.bin/effect-language-service")
  const args = ["diagnostics", "--project", "tsconfig.json", "--strict", "--format", "text"]
  const { status, stderr, stdout } = spawnSync(command, args, { cwd: copy, encoding: "utf8" })
  console.log(stdout, stderr)
  process.exitCode = /Checked [1-9]\d* files out of/.test(stdout) ? status : 1
} finally {
  rmSync(copy, { recursive: true, force: true })
}
