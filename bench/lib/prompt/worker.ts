/**
 * A process that does jobs, one after the other.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type Job, perform } from "./runs.js"

process.on("message", async (job: Job) => {
  const exit = await Effect.runPromiseExit(perform(job))
  process.send?.(Exit.isSuccess(exit) ? { outcome: exit.value } : { failure: Cause.pretty(exit.cause) })
})
