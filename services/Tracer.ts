/**
 * Records of what ran, for programs to read: calls of hyperfunctions and models, each with its place in the tree, its
 * times, its tokens and its cost.
 *
 * They are made of the spans that the library makes anyway (`src/Tracing.ts`), so nothing has to be written for it, and
 * what makes no span has no record. `layers/TracerRecording` keeps them in memory; `src/TraceSummary.ts` counts them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/**
 * One call, when it has ended. What is unknown is absent.
 *
 * - `operation`: `"hyperfunction"`, or of a model or a tool what the conventions call it, as in `"chat"`
 * - `name`: the hyperfunction itself, or what the span is called
 * - `id`, `parent`: of its span, and of the nearest one around that has a record
 * - `hyperfunction`: the one that it is, or the nearest one around it
 * - `start`: in milliseconds since 1970; `elapsed` in milliseconds
 * - `candidate`, `example`, `generation`: of the run that it is part of
 * - `inputTokens` with `cachedTokens` among them, `outputTokens` with `reasoningTokens` among them
 * - `cost`: in US dollars
 * - `metrics`: numbers of one's own (`Tracing.metric`)
 *
 * @since 0.1.0
 * @category models
 */
export const CallRecord = Schema.Struct({
  operation: Schema.String,
  name: Schema.String,
  id: Schema.String,
  parent: optional(Schema.String),
  trace: Schema.String,
  session: optional(Schema.String),
  hyperfunction: optional(Schema.String),
  start: Schema.Number,
  elapsed: Schema.Number,
  candidate: optional(Schema.Number),
  example: optional(Schema.Number),
  generation: optional(Schema.Number),
  success: Schema.Boolean,
  error: optional(Schema.Struct({ type: Schema.String, message: Schema.String })),
  provider: optional(Schema.String),
  requestModel: optional(Schema.String),
  responseModel: optional(Schema.String),
  temperature: optional(Schema.Number),
  topP: optional(Schema.Number),
  maxTokens: optional(Schema.Number),
  inputTokens: optional(Schema.Number),
  outputTokens: optional(Schema.Number),
  cachedTokens: optional(Schema.Number),
  reasoningTokens: optional(Schema.Number),
  cost: optional(Schema.Number),
  purpose: optional(Schema.String),
  metrics: optional(Schema.Record({ key: Schema.String, value: Schema.Number }))
})

/**
 * @since 0.1.0
 * @category models
 */
export type CallRecord = typeof CallRecord.Type

/**
 * What was recorded, in the order in which calls ended. `dropped` are those that were forgotten because there were more than
 * are kept; the oldest go first.
 *
 * @since 0.1.0
 * @category models
 */
export interface Recording {
  /** Absent where it is of all sessions, and of none. */
  readonly session?: string
  /** In milliseconds since 1970; `ended` is absent while it goes on. */
  readonly started: number
  readonly ended?: number
  readonly calls: ReadonlyArray<CallRecord>
  readonly dropped: number
}

/**
 * What runs `within` a session is recorded in it, by whatever fiber; sessions that go on at the same time are apart. Its
 * recording can be looked at any time, and also when the session has ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface Session {
  readonly id: string
  readonly within: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly recording: Effect.Effect<Recording>
  readonly clear: Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface TracerService {
  /** Opens a session for as long as the scope lives. Without a name it is given one of 8 characters. */
  readonly trace: (session?: string) => Effect.Effect<Session, never, Scope.Scope>
  /** Of everything: what ran in sessions, and what did not. */
  readonly history: Effect.Effect<Recording>
  /** Gives the history to an exporter of one's own. */
  readonly export: <A, E, R>(exporter: (recording: Recording) => Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly clear: Effect.Effect<void>
}

/**
 * Why nothing can be sent, or was written.
 *
 * @since 0.1.0
 * @category errors
 */
export class TracerError extends Schema.TaggedError<TracerError>("hyperfunc/TracerError")("TracerError", {
  reason: Schema.Literal("InvalidEndpoint", "InvalidKey", "WriteFailed"),
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.detail}. ${this.cure}`
  }
}

/**
 * @since 0.1.0
 * @category services
 */
export class Tracer extends Context.Tag("hyperfunc/Tracer")<Tracer, TracerService>() {}
