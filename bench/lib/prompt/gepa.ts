import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { LLM } from "../../../services/LLM.js"
import { Candidate } from "../../../src/index.js"
import { textOf } from "../../../src/internal/promptFields.js"
import { command, temporaryFolder } from "../python.js"
import { MODELS } from "./family.js"
import * as Workshop from "./workshop.js"
import { REFLECTION } from "./world.js"

/** GEPA over a program that lives on the other side of its standard input and output, in lines of JSON. */
const script = `
import json, sys
import gepa
from gepa.core.adapter import EvaluationBatch
replies, sys.stdout = sys.stdout, sys.stderr
def ask(**question):
    print(json.dumps(question), file=replies, flush=True)
    return json.loads(sys.stdin.readline())
class Program:
    propose_new_texts = None
    def evaluate(self, batch, candidate, capture_traces=False):
        runs = ask(evaluate=batch, texts=candidate)
        return EvaluationBatch([r["output"] for r in runs], [r["score"] for r in runs], runs if capture_traces else None)
    def make_reflective_dataset(self, candidate, eval_batch, components_to_update):
        rows = [{"Inputs": r["input"], "Generated Outputs": r["output"], "Feedback": r["feedback"]} for r in eval_batch.trajectories]
        return {name: rows for name in components_to_update}
def text(prompt):
    return prompt if isinstance(prompt, str) else "\\n".join(m["content"] for m in prompt)
job = json.loads(sys.stdin.readline())
result = gepa.optimize(
    seed_candidate=job["texts"], trainset=job["learning"], valset=job["choosing"], adapter=Program(), seed=job["seed"],
    reflection_lm=lambda prompt: ask(reflect=text(prompt)), stop_callbacks=lambda state: ask(stop=True), raise_on_exception=False)
print(json.dumps({"best": result.best_candidate}), file=replies, flush=True)
`

type Texts = Readonly<Record<string, string>>

type Question =
  | { readonly evaluate: ReadonlyArray<number>; readonly texts: Texts }
  | { readonly reflect: string }
  | { readonly stop: true }
  | { readonly best: Texts }

/**
 * A Python that has the package; fails where pip cannot install it.
 */
export const install: Effect.Effect<string, string, Scope.Scope> = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  yield* command("python3", ["-m", "venv", folder])
  const python = join(folder, "bin", "python")
  yield* command(python, ["-m", "pip", "install", "--quiet", "gepa"])
  return python
})

/**
 * The reference implementation, on the very program of the task. What it runs when the money is gone scores 0, and then it
 * stops.
 */
export const gepa = (python: string): Workshop.Method => ({
  name: "gepa",
  find: (task, seed) =>
    Effect.gen(function* () {
      const runtime = yield* Effect.runtime<LLM>()
      const workshop = yield* Workshop.make(task)
      let rollout = 0
      let isOver = false

      const paid = <A>(effect: Effect.Effect<A, unknown, LLM>): Effect.Effect<A | undefined, never, LLM> =>
        Effect.catchAll(effect, () =>
          Effect.sync(() => {
            isOver = true
            return undefined
          })
        )

      const evaluated = (texts: Texts, items: ReadonlyArray<number>) =>
        Effect.gen(function* () {
          const candidate = Workshop.withTexts(workshop, texts)
          const seen = candidate === undefined ? undefined : yield* paid(workshop.observe(candidate, items))
          return items.map((item, k) => {
            const run = seen?.[k]
            const grade = run !== undefined && Exit.isSuccess(run.grade) ? run.grade.value : undefined
            return {
              input: task.train[item].input,
              output: run !== undefined && Exit.isSuccess(run.output) ? run.output.value : "It failed",
              score: grade?.score ?? 0,
              feedback: grade?.feedback ?? "The instruction must keep its placeholders and have no other braces."
            }
          })
        })

      const reflected = (content: string) =>
        Effect.gen(function* () {
          const llm = yield* LLM
          const messages = [{ role: "user" as const, content }]
          const request = { model: MODELS.reflection, purpose: "reflection" as const, messages, settings: REFLECTION }
          return (yield* paid(llm.complete({ ...request, rollout: rollout++ })))?.content ?? ""
        })

      const { choosing, learning } = Workshop.halves(task, seed)
      const texts = Object.fromEntries(workshop.texts.map((field) => [field.path, textOf(Candidate.defaults(), field)]))
      const best = yield* Effect.tryPromise(async (signal) => {
        const child = spawn(python, ["-c", script], { signal, stdio: ["pipe", "pipe", "ignore"] })
        const say = (value: unknown) => child.stdin.write(`${JSON.stringify(value)}\n`)
        say({ texts, learning, choosing, seed })
        for await (const line of createInterface({ input: child.stdout })) {
          const question = JSON.parse(line) as Question
          if ("best" in question) return question.best
          if ("stop" in question) say(isOver)
          else if ("reflect" in question) say(await Runtime.runPromise(runtime)(reflected(question.reflect)))
          else say(await Runtime.runPromise(runtime)(evaluated(question.texts, question.evaluate)))
        }
        throw new Error("GEPA gave no result")
      })
      return Workshop.withTexts(workshop, best) ?? Candidate.defaults()
    })
})
