import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/** The statements that an effect has the database run. */
export const statementsOf = (self: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const statements = new Set<string>()
    const tracer = yield* Effect.tracer
    const listening = Tracer.make({
      context: (execute) => execute(),
      span: (...args) => {
        const span = tracer.span(...args)
        const attribute = span.attribute.bind(span)
        span.attribute = (key, value) => {
          if (key === "db.query.text") statements.add(String(value))
          attribute(key, value)
        }
        return span
      }
    })
    yield* Effect.withTracer(self, listening)
    return Array.from(statements)
  })
