/**
 * Answers from what {@link LlmRecorded} wrote down, and from nothing else: no key, no network, no money.
 *
 * Equal requests get their answers in the order of the recording, failures among them, so a program that asks what it asked
 * then does what it did then. At another concurrency the order in which equal requests are made may be another: let
 * requests that want different answers differ in `rollout`, or record below {@link LlmCached}, as `layers/Llm` does.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { LLM, LLMError, type LLMService, type Request } from "../services/LLM.js"
import { hashOf } from "./internal/llmKey.js"
import { type Entry, read, unusable } from "./internal/llmRecording.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly path: string
}

type Streamed = Extract<Entry, { readonly kind: "stream" }>
type Completed = Exclude<Entry, Streamed>

/** Hands out the entries of every key in order. */
const queueOf = <A extends Entry>(entries: ReadonlyArray<A>) => {
  const queues = new Map<string, Array<A>>()
  for (const entry of entries) {
    const queue = queues.get(entry.key)
    if (queue === undefined) queues.set(entry.key, [entry])
    else queue.push(entry)
  }
  return (request: Request): Effect.Effect<A, LLMError> =>
    Effect.suspend(() => {
      const key = hashOf(request)
      const entry = queues.get(key)?.shift()
      return entry === undefined ? Effect.fail(notRecorded(request, queues.has(key))) : Effect.succeed(entry)
    })
}

const notRecorded = ({ model, rollout }: Request, wasAsked: boolean): LLMError =>
  new LLMError({
    reason: "NotRecorded",
    model,
    detail: wasAsked
      ? `this was asked more often than in the recording (rollout ${rollout ?? 0})`
      : `the recording has no such request (rollout ${rollout ?? 0})`,
    cure: "Record the program again as it is now, or undo what changed its prompt, its settings or its number of calls"
  })

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ path }: Options): Effect.Effect<LLMService, LLMError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const { entries } = yield* Effect.flatMap(Effect.mapError(fs.readFile(path), unusable(path)), (data) =>
      read(data, path)
    )
    const completed = queueOf(entries.filter((entry): entry is Completed => entry.kind !== "stream"))
    const streamed = queueOf(entries.filter((entry): entry is Streamed => entry.kind === "stream"))

    const replay = (request: Request) => (entry: Streamed) =>
      Stream.concat(
        Stream.fromIterable(entry.pieces),
        entry.failure !== undefined
          ? Stream.fail(new LLMError(entry.failure))
          : entry.cut === true
            ? Stream.fail(leftEarly(request))
            : Stream.empty
      )

    return {
      complete: (request) =>
        Effect.flatMap(completed(request), (entry) =>
          entry.kind === "completion" ? Effect.succeed(entry.completion) : Effect.fail(new LLMError(entry.failure))
        ),
      stream: (request) => Stream.unwrap(Effect.map(streamed(request), replay(request)))
    }
  })

const leftEarly = ({ model }: Request): LLMError =>
  new LLMError({
    reason: "NotRecorded",
    model,
    detail: "the recorded stream goes no further, as its reader had left",
    cure: "Record the program again as it is now"
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<LLM, LLMError, FileSystem.FileSystem> =>
  Layer.effect(LLM, make(options))
