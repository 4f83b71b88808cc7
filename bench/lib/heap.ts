import * as v8 from "node:v8"
import * as vm from "node:vm"
import * as Effect from "effect/Effect"

export const MIB = 1024 * 1024

/** Collects garbage now. */
export const collect = (() => {
  v8.setFlagsFromString("--expose-gc")
  return vm.runInNewContext("gc") as () => void
})()

/** Bytes of live objects and of their array buffers. */
export const liveBytes = Effect.promise(async () => {
  for (let round = 0; round < 3; round++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
})
