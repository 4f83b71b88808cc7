/**
 * `npm run check [-- STEP…]`: every static check, one line each. A failing step prints what it said; the rest still run,
 * except those that need its result. The last line counts them.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), "hyperfunc-check-"))
const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const tarball = join(scratch, `${name}-${version}.tgz`)

const modules = (folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length))

const entrypoints = () => [
  ".",
  ...modules("src").filter((module) => module !== "index"),
  ...modules("services").map((module) => `services/${module}`),
  ...modules("layers").map((module) => `layers/${module}`),
  ...modules("src/environments").map((module) => `environments/${module}`),
  ...modules("layers/environments").map((module) => `layers/environments/${module}`)
]

const bin = (command) => join(root, "node_modules/.bin", command)

const steps = [
  { name: "kernels", run: () => ["node", "layers/kernels/build.mjs"] },
  { name: "types", run: () => [bin("tsc"), "--project", "tsconfig.json"] },
  { name: "effect", run: () => ["node", ".ci/effect.mjs"] },
  {
    name: "style",
    run: () => [bin("biome"), "ci", "--error-on-warnings", "--colors=off", "--max-diagnostics=50", "."]
  },
  {
    name: "imports",
    run: () => [bin("depcruise"), "--config", ".config/dependency-cruiser.mjs", "."],
    says: /[1-9]\d* modules/
  },
  { name: "unused", run: () => [bin("knip"), "--config", ".config/knip.json"] },
  { name: "build", run: () => ["npm", "run", "--silent", "build"] },
  {
    name: "pack",
    needs: "build",
    run: () => ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", scratch]
  },
  { name: "publint", needs: "pack", run: () => [bin("publint"), "run", "--strict", tarball] },
  {
    name: "attw",
    needs: "pack",
    run: () => [bin("attw"), tarball, "--profile", "esm-only", "--entrypoints", ...entrypoints()]
  },
  { name: "consumer", needs: "pack", run: () => ["node", ".ci/consumer.mjs", tarball, ...entrypoints()] }
]

const execute = (step) => {
  const [command, ...args] = step.run()
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 2 ** 28
  })
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}`
  const problem = result.error?.message ?? (step.says?.test(output) === false ? `no match for ${step.says}` : "")
  return { ok: result.status === 0 && problem === "", output: `${output}${problem}` }
}

const withNeeds = (wanted) =>
  steps
    .filter((step) => wanted.includes(step.name))
    .flatMap((step) => (step.needs ? [...withNeeds([step.needs]), step] : [step]))

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(", ")} (there are: ${steps.map((step) => step.name).join(", ")})`)
  process.exit(2)
}

const passed = new Set()
const failed = new Set()
for (const step of new Set(wanted.length > 0 ? withNeeds(wanted) : steps)) {
  const start = performance.now()
  const { ok, output } = failed.has(step.needs) ? { ok: false, output: `needs ${step.needs}` } : execute(step)
  ;(ok ? passed : failed).add(step.name)
  console.log(`${ok ? "ok    " : "FAILED"} ${step.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
  if (!ok) console.log(`${output.trimEnd().replace(/^/gm, "       ")}\n`)
}
rmSync(scratch, { recursive: true, force: true })
console.log(`${passed.size} passed, ${failed.size} failed`)
process.exitCode = failed.size > 0 ? 1 : 0
