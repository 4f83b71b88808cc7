/**
 * `npm run lock`, after `npm install`: adds to package-lock.json the optional platform packages that the registry in use did
 * not serve. npm leaves them out, and `npm ci` then refuses the file. Their names say for which system they are.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const file = fileURLToPath(new URL("../package-lock.json", import.meta.url))
const lock = JSON.parse(readFileSync(file, "utf8"))
const platform = /(android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)(?:-([a-z]+))?$/
const libcs = { gnu: "glibc", glibc: "glibc", musl: "musl" }

const added = []
for (const { dev, optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    const path = `node_modules/${name}`
    const found = platform.exec(name)
    if (lock.packages[path] !== undefined || found === null) continue
    const [, os, cpu, abi] = found
    lock.packages[path] = {
      version: range.replace(/^[^\d]*/, ""),
      cpu: [cpu.startsWith("arm") && cpu !== "arm64" ? "arm" : cpu],
      ...(dev && { dev }),
      ...(os === "linux" && abi in libcs && { libc: [libcs[abi]] }),
      optional: true,
      os: [os]
    }
    added.push(name)
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(added.length === 0 ? "complete" : `added ${added.join(", ")}`)
