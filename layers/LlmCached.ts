/**
 * Asks a model once: equal requests have the answer of the first.
 *
 * Equal are requests of the same model, messages, settings, format, tools and `rollout`; to sample once more, count
 * `rollout` up. Equal requests at the same moment make one call between them, which goes on as long as one of them waits,
 * on the budget of the first; if that is exhausted, the next one's is used. Streams are kept when they have ended, and
 * each that is not kept yet makes its own call.
 *
 * Failures are never kept, and neither is anything about accounts: what is kept is the answer without its allowance.
 *
 * A cache never fails a request. An entry that cannot be read is one that is not there; an answer that cannot be kept is
 * given all the same. {@link Statistics} counts both.
 *
 * @since 0.1.0
 */

import * as Persistence from "@effect/experimental/Persistence"
import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import type * as Path from "@effect/platform/Path"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PrimaryKey from "effect/PrimaryKey"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import { Completion, LLM, LLMError, type LLMService, type Request } from "../services/LLM.js"
import * as ModelTable from "../src/ModelTable.js"
import { markCached } from "./internal/llmCall.js"
import * as Flights from "./internal/llmFlights.js"
import { hashOf } from "./internal/llmKey.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long an answer is kept; default for ever. */
  readonly timeToLive?: Duration.DurationInput
}

/**
 * Since the layer was made.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  /** Requests answered from the cache. */
  readonly hits: number
  /** Requests answered by the call of an equal one that was under way. */
  readonly shared: number
  /** Calls made. */
  readonly misses: number
  /** Entries that could not be read, and were asked for again. */
  readonly unreadable: number
  /** Answers that could not be kept. */
  readonly unwritten: number
}

/**
 * What a cache has done so far.
 *
 * @since 0.1.0
 * @category services
 */
export class Statistics extends Context.Tag("hyperfunc/LlmCached/Statistics")<Statistics, Effect.Effect<Counts>>() {}

class Entry extends Schema.TaggedRequest<Entry>()("hyperfunc/LlmCached/Entry", {
  failure: Schema.Never,
  success: Schema.Struct(Struct.omit(Completion.fields, "allowance")),
  payload: { key: Schema.String }
}) {
  [PrimaryKey.symbol](): string {
    return this.key
  }
}

/** Part of the name of every entry: entries of another form are other entries. */
const storeId = "hyperfunc-llm-1-"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<
  { readonly llm: LLMService; readonly statistics: Effect.Effect<Counts> },
  never,
  LLM | Persistence.ResultPersistence | Scope.Scope
> =>
  Effect.gen(function* () {
    const llm = yield* LLM
    const persistence = yield* Persistence.ResultPersistence
    const timeToLive = Duration.decode(options.timeToLive ?? Duration.infinity)
    const store = yield* persistence.make({ storeId, timeToLive: () => timeToLive })
    const flights = Flights.make<Completion, LLMError>()
    const counts = { hits: 0, shared: 0, misses: 0, unreadable: 0, unwritten: 0 }
    const count = (name: keyof Counts) => Effect.sync(() => void counts[name]++)

    const find = (key: string): Effect.Effect<Option.Option<Completion>> =>
      store.get(new Entry({ key })).pipe(
        Effect.catchAll(() => Effect.as(count("unreadable"), Option.none())),
        Effect.map(
          Option.flatMap(Exit.match({ onFailure: () => Option.none<Completion>(), onSuccess: Option.some<Completion> }))
        )
      )

    const keep = (key: string, completion: Completion) =>
      Effect.catchAll(store.set(new Entry({ key }), Exit.succeed(completion)), () =>
        Effect.zipRight(
          count("unwritten"),
          Effect.logWarning("The answer of a model could not be cached. See that there is room, and leave to write")
        )
      )

    const ask = (request: Request, key: string) =>
      Effect.uninterruptibleMask((restore) =>
        count("misses").pipe(
          Effect.zipRight(restore(llm.complete(request))),
          Effect.tap((completion) => keep(key, completion))
        )
      )

    const complete = (request: Request): Effect.Effect<Completion, LLMError> =>
      Effect.suspend(() => {
        const key = hashOf(request)
        let isShared = false
        const answer = Effect.flatMap(
          find(key),
          Option.match({
            onNone: () => ask(request, key),
            onSome: (completion) => Effect.as(Effect.zipRight(count("hits"), markCached), completion)
          })
        )
        const shared = () => {
          isShared = true
          counts.shared++
        }
        const marked = Effect.suspend(() => (isShared ? markCached : Effect.void))
        return Effect.matchEffect(flights.join(key, answer, shared), {
          onSuccess: (completion) => Effect.as(marked, completion),
          onFailure: (error) =>
            isShared && error.reason === "BudgetExhausted"
              ? complete(request)
              : Effect.zipRight(marked, Effect.fail(error))
        })
      })

    const listen = (request: Request, key: string) => {
      const pieces: Array<string> = []
      const whole = Effect.suspend(() =>
        keep(key, {
          content: pieces.join(""),
          toolCalls: [],
          finishReason: "unknown",
          model: ModelTable.parse(request.model).name
        })
      )
      return llm.stream(request).pipe(
        Stream.tap((piece) => Effect.sync(() => pieces.push(piece))),
        Stream.onEnd(whole)
      )
    }

    const stream = (request: Request) =>
      Effect.gen(function* () {
        const key = hashOf(request)
        const ofStream = `${key}-stream`
        const completed = yield* find(key)
        const kept = Option.isSome(completed) ? completed : yield* find(ofStream)
        yield* count(Option.isSome(kept) ? "hits" : "misses")
        if (Option.isSome(kept)) yield* markCached
        return Option.isSome(kept) ? Stream.succeed(kept.value.content) : listen(request, ofStream)
      })

    return {
      llm: { complete, stream: (request) => Stream.unwrap(stream(request)) },
      statistics: Effect.sync(() => ({ ...counts }))
    }
  })

/**
 * Keeps answers wherever the persistence in the context does.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPersisted = (
  options?: Options
): Layer.Layer<LLM | Statistics, never, LLM | Persistence.ResultPersistence> =>
  Layer.scopedContext(
    Effect.map(make(options), ({ llm, statistics }) => Context.make(LLM, llm).pipe(Context.add(Statistics, statistics)))
  )

/**
 * Keeps answers in memory, as long as the layer lives.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<LLM | Statistics, never, LLM> =>
  Layer.provide(layerPersisted(options), Persistence.layerResultMemory)

/**
 * Keeps answers as files in a folder, which is made where there is none. It may be shared by programs and copied to other
 * machines; to forget an answer, delete its file.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (
  options: Options & { readonly directory: string }
): Layer.Layer<LLM | Statistics, LLMError, LLM | FileSystem.FileSystem | Path.Path> =>
  layerPersisted(options).pipe(
    Layer.provide(Persistence.layerResultKeyValueStore),
    Layer.provide(Layer.mapError(KeyValueStore.layerFileSystem(options.directory), unusable(options.directory)))
  )

const unusable =
  (directory: string) =>
  (cause: PlatformError): LLMError =>
    new LLMError({
      reason: "Misconfigured",
      model: "cache",
      detail: `${directory} cannot be used to keep answers in`,
      cure: "See that it is a folder, or can be made one, and that it may be written to",
      cause
    })
