import * as Schema from "effect/Schema"

const Share = Schema.Number.pipe(Schema.between(0, 1))
const Level = Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThan(1))
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/**
 * One schema a rule, by its name.
 *
 * @internal
 */
export const rules = {
  minimum: Schema.Struct({ rule: Schema.Literal("minimum"), score: Schema.Finite }),
  floor: Schema.Struct({ rule: Schema.Literal("floor"), tag: Schema.String, score: Schema.Finite }),
  noRegression: Schema.Struct({
    rule: Schema.Literal("noRegression"),
    level: optional(Level),
    tolerance: optional(Schema.NonNegative)
  }),
  maxCost: Schema.Struct({
    rule: Schema.Literal("maxCost"),
    usd: optional(Schema.NonNegative),
    tokens: optional(Schema.NonNegative),
    calls: optional(Schema.NonNegative)
  }).pipe(
    Schema.filter(
      ({ calls, tokens, usd }) =>
        [usd, tokens, calls].some((limit) => limit !== undefined) || "sets no limit: give it usd, tokens or calls"
    )
  ),
  maxLatency: Schema.Struct({
    rule: Schema.Literal("maxLatency"),
    millis: Schema.NonNegative,
    quantile: optional(Share)
  }),
  maxMissing: Schema.Struct({ rule: Schema.Literal("maxMissing"), share: Share })
}

/** @internal */
export const Rule = Schema.Union(
  rules.minimum,
  rules.floor,
  rules.noRegression,
  rules.maxCost,
  rules.maxLatency,
  rules.maxMissing
)

/** @internal */
export type Rule = typeof Rule.Type
