import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Over from "../../layers/internal/tracerOver.js"

/** A span that has ended. */
export interface Ended {
  readonly name: string
  readonly kind: string
  readonly id: string
  readonly trace: string
  readonly parent: string | undefined
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }>
  readonly exit: Exit.Exit<unknown, unknown>
}

/** Runs a program under a tracer that keeps its spans in the order in which they ended. */
export const collect = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const events = new WeakMap<object, Array<Ended["events"][number]>>()
    const spans: Array<Ended> = []
    const tracer = Over.make(yield* Effect.tracer, {
      event: (name, attributes, span) => {
        const known = events.get(span) ?? []
        events.set(span, [...known, { name, attributes: attributes ?? {} }])
        return attributes
      },
      end: (span, _, exit) => {
        spans.push({
          name: span.name,
          kind: span.kind,
          id: span.spanId,
          trace: span.traceId,
          parent: Option.getOrUndefined(span.parent)?.spanId,
          attributes: Object.fromEntries(span.attributes),
          events: events.get(span) ?? [],
          exit
        })
        return exit
      }
    })
    const exit = yield* Effect.exit(Effect.withTracer(self, tracer))
    return { spans, exit }
  })

/** Names of spans, those inside others indented. */
export const tree = (spans: ReadonlyArray<Ended>, parent?: string, indent = ""): ReadonlyArray<string> =>
  spans
    .filter((span) => (parent === undefined ? !spans.some(({ id }) => id === span.parent) : span.parent === parent))
    .flatMap((span) => [`${indent}${span.name}`, ...tree(spans, span.id, `${indent}  `)])
