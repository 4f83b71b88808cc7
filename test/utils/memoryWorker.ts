/**
 * A process that writes to a memory until it is done or killed, and tells of every batch that it has written:
 * `memoryWorker.ts FILE TENANT COUNT BATCH`.
 */
import * as Effect from "effect/Effect"
import * as MemorySqlite from "../../layers/MemorySqlite.js"
import { TenantId } from "../../services/Memory.js"

const [filename = "", name = "", count = "0", batch = "1"] = process.argv.slice(2)

const tenant = TenantId.make(name)

const program = Effect.gen(function* () {
  const memory = yield* MemorySqlite.make({ filename, busyTimeout: "60 seconds" })
  const begun = yield* memory.count(tenant)
  for (let k = begun; k < begun + Number(count); k += Number(batch)) {
    const contents = Array.from({ length: Number(batch) }, (_, j) => ({ content: `Note ${k + j} of ${name}` }))
    yield* memory.rememberAll(tenant, contents)
    process.stdout.write(`${k + Number(batch)}\n`)
  }
}).pipe(Effect.scoped)

await Effect.runPromise(program)
