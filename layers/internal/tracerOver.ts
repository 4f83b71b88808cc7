import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/**
 * What is done to the spans of a tracer.
 *
 * @internal
 */
export interface Hooks {
  /** What is written for an attribute; nothing, and it is left out. */
  readonly attribute?: (key: string, value: unknown, span: Over) => unknown
  readonly event?: (name: string, attributes: Record<string, unknown> | undefined, span: Over) => EventOrNone
  /** Hears of the end before the tracer does, and says with what exit it is to be told. */
  readonly end?: (span: Over, endTime: bigint, exit: Exit.Exit<unknown, unknown>) => Exit.Exit<unknown, unknown>
}

/** Attributes of the event as it is written; `false`, and it is left out. */
type EventOrNone = Record<string, unknown> | undefined | false

/**
 * A span of another tracer, watched.
 *
 * @internal
 */
export class Over implements Tracer.Span {
  readonly _tag = "Span"
  events = 0
  /** What hooks left out. */
  readonly leftOut = { attributes: 0, events: 0 }
  readonly inner: Tracer.Span
  readonly around: Over | undefined
  readonly hooks: Hooks

  constructor(inner: Tracer.Span, around: Over | undefined, hooks: Hooks) {
    this.inner = inner
    this.around = around
    this.hooks = hooks
  }

  get name(): string {
    return this.inner.name
  }
  get spanId(): string {
    return this.inner.spanId
  }
  get traceId(): string {
    return this.inner.traceId
  }
  get parent(): Option.Option<Tracer.AnySpan> {
    return this.inner.parent
  }
  get context(): Tracer.Span["context"] {
    return this.inner.context
  }
  get status(): Tracer.SpanStatus {
    return this.inner.status
  }
  get attributes(): ReadonlyMap<string, unknown> {
    return this.inner.attributes
  }
  get links(): ReadonlyArray<Tracer.SpanLink> {
    return this.inner.links
  }
  get sampled(): boolean {
    return this.inner.sampled
  }
  get kind(): Tracer.SpanKind {
    return this.inner.kind
  }

  attribute(key: string, value: unknown): void {
    const written = this.hooks.attribute === undefined ? value : this.hooks.attribute(key, value, this)
    if (written === undefined) this.leftOut.attributes++
    else this.inner.attribute(key, written)
  }

  event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    const written = this.hooks.event === undefined ? attributes : this.hooks.event(name, attributes, this)
    if (written === false) {
      this.leftOut.events++
      return
    }
    this.events++
    this.inner.event(name, startTime, written)
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.inner.addLinks(links)
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.inner.end(endTime, this.hooks.end === undefined ? exit : this.hooks.end(this, endTime, exit))
  }
}

/**
 * A tracer whose spans are those of another, watched. They are parents of one another as they would be there.
 *
 * @internal
 */
export const make = (inner: Tracer.Tracer, hooks: Hooks): Tracer.Tracer =>
  Tracer.make({
    span: (name, parent, context, links, startTime, kind, options) => {
      const around = Option.filter(parent, (span): span is Over => span instanceof Over && span.hooks === hooks)
      const innerParent = Option.isSome(around) ? Option.some(around.value.inner) : parent
      return new Over(
        inner.span(name, innerParent, context, links, startTime, kind, options),
        Option.getOrUndefined(around),
        hooks
      )
    },
    context: (f, fiber) => inner.context(f, fiber)
  })
