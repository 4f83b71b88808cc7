import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as LlmBudgeted from "../../../layers/LlmBudgeted.js"
import * as LlmOpenAi from "../../../layers/LlmOpenAi.js"
import * as LlmRetried from "../../../layers/LlmRetried.js"
import { LLM, LLMError, type LLMService, type Message, type Request } from "../../../services/LLM.js"
import type { Candidate } from "../../../src/Candidate.js"
import { HyperSystem, ModelTable } from "../../../src/index.js"
import * as OpenAiServer from "../../../test/utils/OpenAiServer.js"
import { MODELS, type Task } from "./family.js"

/** In US dollars per million tokens: a small model for the work, a large one to think about prompts. */
const PRICES: ModelTable.Prices = {
  [MODELS.task]: { prompt: 0.15, completion: 0.6 },
  [MODELS.judge]: { prompt: 0.15, completion: 0.6 },
  [MODELS.reflection]: { prompt: 1.25, completion: 5 }
}

/** How the model that thinks about prompts is asked, by everyone. */
export const REFLECTION = { temperature: 1, maxTokens: 400 }

/**
 * The models of a task, behind HTTP.
 */
interface World {
  /** All that an optimizer sees of the task's models. */
  readonly llm: LLMService
  /** What the server has asked for so far, in US dollars. */
  readonly billed: Effect.Effect<number>
}

interface Body {
  readonly model: string
  readonly messages: ReadonlyArray<Message>
  readonly max_tokens?: number
  /** The rollout: equal requests of equal rollouts have equal answers, in whatever order they come. */
  readonly seed?: number
}

const tokensIn = (characters: number): number => Math.ceil(characters / 4)

const serve = (task: Task, latencyMillis: number, bill: (usd: number) => void): OpenAiServer.Script => {
  const counts = new Map<string, number>()
  return (request) => {
    const { max_tokens: maxTokens = Infinity, messages, model: name, seed = 0 } = request.body as Body
    const model = `vllm/${name}`
    const delay = latencyMillis === 0 ? {} : { delay: latencyMillis }
    const count = counts.get(model) ?? 0
    counts.set(model, count + 1)
    const fault = task.fault(model, count)
    if (fault !== undefined) return OpenAiServer.error(fault, delay)
    const whole = task.answer(model, messages, String(seed))
    const content = whole.slice(0, 4 * maxTokens)
    const prompt = tokensIn(messages.reduce((total, message) => total + message.content.length, 0))
    const completion = tokensIn(content.length)
    bill(Option.getOrThrow(ModelTable.costOf(PRICES, model, { prompt, completion })))
    return OpenAiServer.completion(content, {
      ...delay,
      finishReason: content === whole ? "stop" : "length",
      usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
    })(request)
  }
}

/** Tells the server which sample it is asked for. */
const sampled = (llm: LLMService): LLMService => {
  const asked = (request: Request): Request =>
    request.rollout === undefined ? request : { ...request, settings: { ...request.settings, seed: request.rollout } }
  return { complete: (request) => llm.complete(asked(request)), stream: (request) => llm.stream(asked(request)) }
}

/**
 * A server of its own for every run, so that its bill is that of the run. `latencyMillis` is waited before every answer,
 * `inFlight` bounds the calls at one moment.
 */
export const make = (
  task: Task,
  options: { readonly latencyMillis?: number; readonly inFlight?: number } = {}
): Effect.Effect<World, never, Scope.Scope> =>
  Effect.gen(function* () {
    let billed = 0
    const script = serve(task, options.latencyMillis ?? 0, (usd) => {
      billed += usd
    })
    const { baseUrl } = yield* OpenAiServer.make({ script })
    const openai = yield* LlmOpenAi.make({ providers: { vllm: { baseUrl } }, prices: PRICES })
    const permits = yield* Effect.makeSemaphore(options.inFlight ?? 512)
    const bounded: LLMService = { ...openai, complete: (request) => permits.withPermits(1)(openai.complete(request)) }
    const budgeted = LlmBudgeted.make(bounded, { priceOf: (model) => PRICES[model], maxTokens: REFLECTION.maxTokens })
    return {
      llm: sampled(LlmRetried.make(budgeted, { base: "2 millis" })),
      billed: Effect.sync(() => billed)
    }
  })

/** The task's models without HTTP, faults and bill. */
const direct = (task: Task): LLMService => ({
  complete: ({ messages, model, rollout = 0 }) =>
    Effect.sync(() => ({
      content: task.answer(model, messages, String(rollout)),
      toolCalls: [],
      finishReason: "stop" as const,
      model
    })),
  stream: ({ model }) =>
    Stream.fail(new LLMError({ reason: "BadRequest", model, detail: "Nothing streams here", cure: "Use complete" }))
})

/**
 * How good a candidate truly is: its mean score on held-out examples, failures counting 0. Nobody pays for it.
 */
export const truth = (task: Task, candidate: Candidate): Effect.Effect<number> =>
  HyperSystem.evaluate(HyperSystem.withCandidate(task.system, candidate), task.heldOut, task.truth, {
    onFailure: "missing"
  }).pipe(
    Effect.map(({ missing, score }) => score * (1 - missing.length / task.heldOut.length)),
    Effect.provideService(LLM, direct(task)),
    Effect.orDie
  )
