import { AxGEPA, ai } from "@ax-llm/ax"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import { LLM } from "../../../services/LLM.js"
import type { Observation } from "../../../services/Optimizer.js"
import { Candidate } from "../../../src/index.js"
import { textOf } from "../../../src/internal/promptFields.js"
import { MODELS, type Task } from "./family.js"
import * as Workshop from "./workshop.js"
import { REFLECTION } from "./world.js"

type Run = <A>(effect: Effect.Effect<A, unknown, LLM>) => Promise<Exit.Exit<A, unknown>>

type Texts = Readonly<Record<string, string>>

/** An example as Ax has them: inputs and outputs in one record. */
interface Item {
  readonly item: number
}

/** Of all minibatches that were tried (3, 5, 8) the one that Ax did best with. */
const MINIBATCH = 8

/**
 * Ax asks a critic to sum up the feedback before it asks for a new text. This critic leaves nothing out.
 */
const critic = (task: Task): Task => ({
  ...task,
  answer: (model, messages, rollout) => {
    const isCritic = model === MODELS.reflection && messages[0]?.content.includes("`feedbackSummary`") === true
    if (!isCritic) return task.answer(model, messages, rollout)
    const notes = /Eval Feedback: (\[[\s\S]*\])/.exec(messages[messages.length - 1]?.content ?? "")?.[1] ?? "[]"
    return `Feedback Summary: ${(JSON.parse(notes) as ReadonlyArray<string>).join("\n")}`
  }
})

/** Ax's client talks to the same server as everyone, and pays from the same budget. */
const transport = (run: Run): typeof fetch => {
  let rollout = 0
  return async (_, init) => {
    const { messages } = JSON.parse(String(init?.body))
    const ask = Effect.flatMap(LLM, (llm) =>
      llm.complete({
        model: MODELS.reflection,
        purpose: "reflection",
        messages,
        settings: REFLECTION,
        rollout: rollout++
      })
    )
    const answer = await run(ask)
    if (Exit.isFailure(answer)) return new Response("{}", { status: 402 })
    const { content, usage = { prompt: 0, completion: 0 } } = answer.value
    return Response.json({
      id: "chatcmpl",
      object: "chat.completion",
      created: 0,
      model: "reflection",
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      usage: {
        prompt_tokens: usage.prompt,
        completion_tokens: usage.completion,
        total_tokens: usage.prompt + usage.completion
      }
    })
  }
}

/** The task's program as one that Ax can optimize, with the words of the grades that it was given. */
const programOf = (workshop: Workshop.Workshop, run: Run) => {
  const grades = new WeakMap<object, { readonly score: number; readonly feedback: string }>()
  let texts: Texts = {}

  const outputOf = ({ grade, output }: Observation<unknown>): object => {
    const prediction = Exit.isSuccess(output) ? { ...(output.value as object) } : { error: "It failed" }
    if (Exit.isSuccess(grade)) grades.set(prediction, grade.value)
    return prediction
  }

  const forward = async (_: unknown, { item }: Item): Promise<object> => {
    const candidate = Workshop.withTexts(workshop, texts)
    if (candidate === undefined) throw new Error("This is no possible text")
    const seen = await run(workshop.observe(candidate, [item]))
    if (Exit.isFailure(seen)) throw new Error("There is no money left")
    return outputOf(seen.value[0])
  }

  return {
    gradeOf: (prediction: object) => grades.get(prediction),
    program: {
      forward,
      getId: () => "program",
      getTraces: () => [],
      setDemos: () => {},
      applyOptimizedComponents: (values: Texts) => {
        texts = values
      },
      getOptimizableComponents: () =>
        workshop.texts.map((field) => ({
          key: field.path,
          kind: "instruction",
          current: textOf(Candidate.defaults(), field),
          description: `The instruction of the step ${field.tunable.name}`,
          preserve: Workshop.placeholdersOf(field).map((name) => `{${name}}`),
          validate: (value: string) =>
            Workshop.withText(Candidate.defaults(), field, value) !== undefined || "It has not the same placeholders"
        }))
    }
  }
}

/**
 * GEPA of `@ax-llm/ax`, on the very program of the task. It goes on until the money is gone: after that nothing succeeds,
 * and so nothing is accepted.
 */
export const ax: Workshop.Method = {
  name: "ax",
  world: critic,
  find: (task, seed) =>
    Effect.gen(function* () {
      const run: Run = Runtime.runPromiseExit(yield* Effect.runtime<LLM>())
      const workshop = yield* Workshop.make(task)
      const { gradeOf, program } = programOf(workshop, run)
      const { choosing, learning } = Workshop.halves(task, seed)
      const exampleOf = (item: number) => ({ item, ...task.train[item].input, ...task.train[item].expected })
      const teacher = ai({
        name: "openai-compatible",
        apiKey: "none",
        apiURL: "http://127.0.0.1/v1",
        config: { model: "reflection", stream: false },
        options: { fetch: transport(run) }
      } as Parameters<typeof ai>[0])
      const optimizer = new AxGEPA({
        studentAI: teacher,
        teacherAI: teacher,
        numTrials: 200,
        earlyStoppingTrials: 200,
        minibatchSize: MINIBATCH,
        paretoSetSize: choosing.length,
        seed: seed + 1
      } as ConstructorParameters<typeof AxGEPA>[0])
      const { optimizedProgram } = yield* Effect.tryPromise(() =>
        optimizer.compile(
          program as unknown as Parameters<AxGEPA["compile"]>[0],
          learning.map(exampleOf),
          ({ prediction }) => gradeOf(prediction as object)?.score ?? 0,
          {
            maxMetricCalls: 1_000_000,
            validationExamples: choosing.map(exampleOf),
            feedbackFn: ({ prediction }: { readonly prediction: object }) => gradeOf(prediction)?.feedback
          } as Parameters<AxGEPA["compile"]>[3]
        )
      )
      return Workshop.withTexts(workshop, optimizedProgram?.componentMap ?? {}) ?? Candidate.defaults()
    })
}
