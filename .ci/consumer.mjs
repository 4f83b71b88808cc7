/**
 * `node .ci/consumer.mjs TARBALL ENTRYPOINT…`: installs the tarball with `effect` alone into an empty project, type-checks
 * every entry point against its declarations and imports it in Node. The root, `src/` and `services/` load as they are;
 * a layer may ask for an optional peer, and for nothing else. Nothing native is loaded by the root.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const [file, ...entrypoints] = process.argv.slice(2)
const tarball = resolve(file)
const root = fileURLToPath(new URL("..", import.meta.url))
const { devDependencies, name, peerDependenciesMeta } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const optional = Object.keys(peerDependenciesMeta)
const project = mkdtempSync(join(tmpdir(), "hyperfunc-consumer-"))

const run = (command, ...args) => {
  const result = spawnSync(command, args, { cwd: project, encoding: "utf8" })
  if (result.status === 0) return result.stdout
  throw new Error(`${command} ${args.join(" ")}\n${result.stdout}${result.stderr}${result.error?.message ?? ""}`)
}

/** Runs in the consumer: imports the entry points, says which package each one misses, and refuses native code. */
const probe = `
process.dlopen = (_, file) => { throw new Error("native code loaded: " + file) }
const missing = {}
for (const specifier of process.argv.slice(1)) {
  missing[specifier] = await import(specifier).then(() => "", (cause) => {
    const found = cause.code === "ERR_MODULE_NOT_FOUND" && /Cannot find package '([^']+)'/.exec(cause.message)
    if (!found) throw cause
    return found[1]
  })
}
process.stdout.write(JSON.stringify(missing))
`

try {
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
  run("npm", "install", ...flags, tarball, `effect@${devDependencies.effect}`)
  for (const peer of optional) {
    if (existsSync(join(project, "node_modules", peer))) throw new Error(`${peer} is optional, but was installed`)
  }

  const specifiers = entrypoints.map((entrypoint) => (entrypoint === "." ? name : `${name}/${entrypoint}`))
  const missings = JSON.parse(run("node", "--input-type=module", "--eval", probe, ...specifiers))
  const loadable = specifiers.filter((specifier) => {
    const missing = missings[specifier]
    if (missing === "") return true
    if (!specifier.startsWith(`${name}/layers/`) || !optional.includes(missing)) {
      throw new Error(`${specifier} cannot be loaded without ${missing}`)
    }
    console.log(`${specifier} asks for the optional ${missing}`)
    return false
  })

  const lines = loadable.flatMap((specifier, i) => [`import * as m${i} from "${specifier}"`, `void m${i}`])
  writeFileSync(join(project, "consumer.ts"), `${lines.join("\n")}\n`)
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"],
    module: "NodeNext",
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true
  }
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }))
  run("node", join(root, "node_modules/typescript/bin/tsc"), "--project", "tsconfig.json")
  console.log(`${loadable.length} of ${specifiers.length} entry points load and type-check with effect alone`)
} catch (cause) {
  console.error(cause.message)
  process.exitCode = 1
} finally {
  rmSync(project, { recursive: true, force: true })
}
