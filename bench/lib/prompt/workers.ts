import { type ChildProcess, fork } from "node:child_process"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Pool from "effect/Pool"
import type * as Scope from "effect/Scope"
import type { Job, Outcome } from "./runs.js"

type Reply = { readonly outcome: Outcome } | { readonly failure: string }

const worker = Effect.acquireRelease(
  Effect.sync(() => fork(fileURLToPath(new URL("./worker.ts", import.meta.url)))),
  (child) => Effect.sync(() => child.kill())
)

const ask = (child: ChildProcess, job: Job): Effect.Effect<Outcome, string> =>
  Effect.async((resume) => {
    const onExit = () => resume(Effect.fail("A worker is gone"))
    child.once("exit", onExit)
    child.once("message", (reply: Reply) => {
      child.off("exit", onExit)
      resume("outcome" in reply ? Effect.succeed(reply.outcome) : Effect.fail(reply.failure))
    })
    child.send(job)
  })

/**
 * Does jobs on all cores; outcomes come in the order of the jobs.
 */
export const make: Effect.Effect<
  (jobs: ReadonlyArray<Job>) => Effect.Effect<ReadonlyArray<Outcome>, string>,
  never,
  Scope.Scope
> = Effect.gen(function* () {
  const size = Math.min(4, availableParallelism())
  const pool = yield* Pool.make({ acquire: worker, size })
  return (jobs) =>
    Effect.forEach(jobs, (job) => Effect.scoped(Effect.flatMap(Pool.get(pool), (child) => ask(child, job))), {
      concurrency: size
    })
})
