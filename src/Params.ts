/**
 * Parameter spaces: constructors, and the ways in and out of vectors and JSON.
 *
 * A space is written where a hyperfunction is written, so a mistake in it (bounds the wrong way round, a default outside
 * them) throws a {@link ParamsError} at that line. Data from elsewhere is decoded by effects that fail with it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { fromCoordinates, toCoordinates, widthOf } from "./internal/coordinates.js"
import { categoryLeaf, opaqueLeaf, scalarLeaf } from "./internal/fieldJson.js"
import * as fields from "./internal/fields.js"
import { spaceOf, TuningId } from "./internal/fromSchema.js"
import { constant, showShape, sizeOf } from "./internal/node.js"
import { make, product } from "./internal/paramSpace.js"
import { blockOf, errorOf, firstFault, fromIssue } from "./internal/paramsIssue.js"
import * as Noise from "./Noise.js"
import type { Demonstration, Field, FieldValue, ParamSpace, Transform, WeightField } from "./ParamSpace.js"
import type { ParamsError } from "./ParamsError.js"
import type { Tensor } from "./Tensor.js"
import type { Placeholders, Text } from "./Text.js"

// ---------------------------------------------------------------------------------------------------------------------
// constructors
// ---------------------------------------------------------------------------------------------------------------------

/**
 * A number in `[min, max]`. With `"logit"` the default lies strictly inside; with `"log"` it is above 0, `min` is at least
 * 0 and `max` may be infinite. `scale` is the unit of a search step in search coordinates: by default half their range,
 * or 1 where that is infinite.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bounded = (options: {
  readonly min: number
  readonly max: number
  readonly default: number
  readonly transform?: Transform | undefined
  readonly scale?: number | undefined
  readonly frozen?: boolean | undefined
}): ParamSpace<number> => scalarLeaf(fields.scalar("Params.bounded", options))

/**
 * Any finite number. `scale` is the unit of a search step, by default 1.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unbounded = (options: {
  readonly default: number
  readonly scale?: number | undefined
  readonly frozen?: boolean | undefined
}): ParamSpace<number> => scalarLeaf(fields.scalar("Params.unbounded", { ...options, min: -Infinity, max: Infinity }))

/**
 * One of several strings, such as a model or a route; the first is the default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const category = <const Choices extends ReadonlyArray<string>>(
  choices: Choices,
  options?: { readonly default?: NoInfer<Choices[number]> | undefined; readonly frozen?: boolean | undefined }
): ParamSpace<Choices[number]> => categoryLeaf(fields.category("Params.category", choices, options))

/**
 * A template with placeholders such as `{name}`; `{{` and `}}` are literal braces. The template may change, the set of
 * placeholders may not.
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = <const Template extends string>(
  template: Template,
  options?: { readonly frozen?: boolean | undefined }
): ParamSpace<Text<Placeholders<Template>>> => opaqueLeaf(fields.text("Params.text", template, options?.frozen))

/**
 * Demonstrations of a task: inputs with the outputs they should have, by default none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const demonstrations = <I, O>(
  schemas: { readonly input: Schema.Schema<I, any>; readonly output: Schema.Schema<O, any> },
  options: {
    readonly default?: ReadonlyArray<Demonstration<NoInfer<I>, NoInfer<O>>> | undefined
    readonly frozen?: boolean | undefined
  } = {}
): ParamSpace<ReadonlyArray<Demonstration<I, O>>> =>
  opaqueLeaf(fields.demonstrations("Params.demonstrations", schemas, options))

/**
 * A vector `[length]` without low-rank structure. Without `initial` it starts as scaled normals from the run's seed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const vector = (
  length: number,
  options: {
    readonly initial?: Tensor | ArrayLike<number> | undefined
    readonly frozen?: boolean | undefined
  } = {}
): ParamSpace<Tensor> => opaqueLeaf(fields.weight(`Params.vector ${showShape([length])}`, [length], options))

/**
 * Spaces under keys; keys hold no dots.
 *
 * @since 0.1.0
 * @category constructors
 */
export const struct = <const Spaces extends Readonly<Record<string, ParamSpace.Any>>>(
  spaces: Spaces
): ParamSpace<{ readonly [K in keyof Spaces]: ParamSpace.Type<Spaces[K]> }> =>
  product<any>(
    spaces,
    Schema.Struct(Object.fromEntries(Object.entries(spaces).map(([key, space]) => [key, space.schema]))),
    (parts) => parts
  )

/**
 * No parameters.
 *
 * @since 0.1.0
 * @category constructors
 */
export const none: ParamSpace<{}> = struct({})

/**
 * The space of a `Schema.Struct` or `Schema.Class`. Tuned are its finite numbers (`Schema.Finite` between closed bounds),
 * unions of string literals, nested structs and the schemas of other spaces; each number and union needs a default, by
 * {@link annotations}. Optional fields are carried along untouched.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromSchema = <A, I>(schema: Schema.Schema<A, I>): ParamSpace<A> => spaceOf(schema, "")

/**
 * How a field of a schema is tuned; for {@link fromSchema}.
 *
 * @since 0.1.0
 * @category annotations
 */
export const annotations =
  <const Default extends number | string>(tuning: {
    readonly default: Default
    readonly transform?: Transform | undefined
    readonly scale?: number | undefined
    readonly frozen?: boolean | undefined
  }) =>
  <S extends Schema.Annotable.All & { readonly Type: unknown }>(
    self: S & ([Default] extends [S["Type"]] ? unknown : { readonly Type: Default })
  ): Schema.Annotable.Self<S> =>
    self.annotations({ [TuningId]: tuning })

const startingAt = (field: Field, value: FieldValue): Field => {
  const fault = fields.check(field, value)
  if (fault !== undefined) throw errorOf(undefined, field.path, fault)
  switch (field._tag) {
    case "Scalar":
      return fields.scalar(blockOf(undefined, field.path), { ...field, default: value as number })
    case "Category":
    case "Text":
      return { ...field, default: value as string }
    case "Demonstrations":
      return { ...field, default: value as ReadonlyArray<Demonstration> }
    case "Weight":
      return { ...field, initial: fields.elementsOf(value) }
  }
}

/**
 * The same space, starting at other values; untuned parts such as a token limit come from them too. Throws a
 * `ParamsError` when one lies outside the space.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withDefaults = <P>(self: ParamSpace<P>, params: NoInfer<P>): ParamSpace<P> => {
  const values = self.disassemble(params)
  return make<any>({
    ...self,
    fields: self.fields.map((field, k) => startingAt(field, values[k])),
    assemble: (values, like = params) => self.assemble(values, like)
  })
}

// ---------------------------------------------------------------------------------------------------------------------
// values
// ---------------------------------------------------------------------------------------------------------------------

const initialWeights = (field: WeightField, seed: number, path: string): Tensor => {
  if (field.initial !== undefined) return constant(field.shape, field.initial)
  const data = new Float32Array(sizeOf(field.shape))
  Noise.normals({ seed, generation: 0xffffffff, pair: 0, block: Noise.blockId(path) }, data)
  const deviation = Math.sqrt(2 / field.shape.reduce((sum, length) => sum + length, 0))
  return constant(
    field.shape,
    data.map((z) => z * deviation)
  )
}

/**
 * Where a search starts: the declared defaults. Weights without `initial` are normals of standard deviation
 * `√(2 / (out + in))` for a matrix (Glorot and Bengio, AISTATS 2010) and `√(2 / length)` for a vector; they depend on the
 * seed, `name` and the path of the field only.
 *
 * @since 0.1.0
 * @category values
 */
export const defaults = (
  space: ParamSpace.Any,
  options: { readonly seed: number; readonly name: string }
): ReadonlyArray<FieldValue> =>
  space.fields.map((field) =>
    field._tag === "Weight" ? initialWeights(field, options.seed, blockOf(options.name, field.path)) : field.default
  )

/**
 * Fails when a value that the types allow lies outside its space: a number outside its box, a matrix of another shape,
 * NaN. `name` is put before the path in the error.
 *
 * @since 0.1.0
 * @category values
 */
export const validate = <P>(
  space: ParamSpace<P>,
  params: NoInfer<P>,
  options?: { readonly name?: string | undefined }
): Effect.Effect<P, ParamsError> =>
  Effect.suspend(() => {
    const fault = firstFault<P>(space, options?.name, params)
    return fault === undefined ? Effect.succeed<P>(params) : Effect.fail(fault)
  })

// ---------------------------------------------------------------------------------------------------------------------
// vectors
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The search coordinates of `params`, frozen ones included, in declared order: one for a scalar, through its transform;
 * one score per choice for a category; the elements of a weight in row-major order; none for text and demonstrations.
 *
 * @since 0.1.0
 * @category vectors
 */
export const toVector = <P>(space: ParamSpace<P>, params: NoInfer<P>): ReadonlyArray<number> => {
  const values = space.disassemble(params)
  return space.fields.flatMap((field, k) => Array.from(toCoordinates(field, values[k])))
}

/**
 * The parameters at search coordinates, always inside their box: linear scalars are clamped, a category takes the first
 * greatest score. Text, demonstrations and untuned parts come from `like`. Fails on another number of coordinates and on any that is
 * NaN or infinite (for weights: as a 32-bit float).
 *
 * @since 0.1.0
 * @category vectors
 */
export const fromVector = <P>(
  space: ParamSpace<P>,
  coordinates: ArrayLike<number>,
  like: NoInfer<P>,
  options?: { readonly name?: string | undefined }
): Effect.Effect<P, ParamsError> =>
  Effect.suspend(() => {
    const width = space.fields.reduce((total, field) => total + widthOf(field), 0)
    const expected = `${width} finite coordinates`
    if (coordinates.length !== width) {
      return Effect.fail(
        errorOf(options?.name, "", { reason: "WrongShape", expected, actual: `${coordinates.length}` })
      )
    }
    const fault = fields.firstNotFinite(coordinates)
    if (fault !== undefined) {
      return Effect.fail(errorOf(options?.name, "", { reason: "NotFinite", expected, actual: fault }))
    }
    const given = space.disassemble(like)
    let end = 0
    const values = space.fields.map((field, k) => {
      const start = end
      end += widthOf(field)
      return fromCoordinates(field, coordinates, start, given[k])
    })
    return validate<P>(space, space.assemble(values, like), options)
  })

// ---------------------------------------------------------------------------------------------------------------------
// JSON
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Plain JSON. A weight becomes `{ shape, data }` with its elements as base64 of little-endian 32-bit floats, text its
 * template, demonstrations what their schemas encode to. Throws a `ParamsError` for a value outside its space.
 *
 * @since 0.1.0
 * @category JSON
 */
export const encode = <P>(
  space: ParamSpace<P>,
  options?: { readonly name?: string | undefined }
): ((params: P) => unknown) => {
  const toJson = ParseResult.encodeUnknownEither(space.schema)
  return (params) => {
    const fault = firstFault(space, options?.name, params)
    if (fault !== undefined) throw fault
    return Either.getOrThrowWith(toJson(params), (issue) => fromIssue(space, options?.name, issue))
  }
}

/**
 * The inverse of {@link encode}. Fails on a missing or unknown key, a number outside its box, an unknown choice, a
 * template with other placeholders, and weights of another shape; the message never holds the data.
 *
 * @since 0.1.0
 * @category JSON
 */
export const decode = <P>(
  space: ParamSpace<P>,
  options?: { readonly name?: string | undefined }
): ((json: unknown) => Effect.Effect<P, ParamsError>) => {
  const fromJson = ParseResult.decodeUnknown(space.schema, { onExcessProperty: "error" })
  return (json) => Effect.mapError(fromJson(json), (issue) => fromIssue(space, options?.name, issue))
}
