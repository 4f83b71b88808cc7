/**
 * The model of a typed parameter space: what of a value may be tuned, and how.
 *
 * A space takes a value `P` apart into a flat list of fields and puts it together again. Optimizers see the fields;
 * programs see `P`.
 *
 * @since 0.1.0
 */
import type { Pipeable } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import type { LoRAWeight } from "./internal/weight.js"
import type { Tensor } from "./Tensor.js"
import type { Text } from "./Text.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId = "~hyperfunc/ParamSpace"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * How a scalar becomes a search coordinate: itself, `ln((x - min) / (max - x))` or `ln x`.
 *
 * @since 0.1.0
 * @category models
 */
export type Transform = "linear" | "logit" | "log"

interface Located {
  /** `""` when the space is this one field, otherwise the keys that lead to it, joined by dots. */
  readonly path: string
  /** Frozen fields are never searched. */
  readonly frozen: boolean
}

/**
 * A number in `[min, max]`, where either may be infinite. `scale` is the unit of one search step, in search coordinates.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScalarField extends Located {
  readonly _tag: "Scalar"
  readonly min: number
  readonly max: number
  readonly default: number
  readonly transform: Transform
  readonly scale: number
}

/**
 * One of several strings.
 *
 * @since 0.1.0
 * @category models
 */
export interface CategoryField extends Located {
  readonly _tag: "Category"
  readonly choices: ReadonlyArray<string>
  readonly default: string
}

/**
 * A template with a fixed set of placeholders.
 *
 * @since 0.1.0
 * @category models
 */
export interface TextField extends Located {
  readonly _tag: "Text"
  readonly default: string
  readonly placeholders: ReadonlyArray<string>
}

/**
 * A vector `[n]`, or a matrix `[out, in]` searched with noise of rank `rank`. Without `initial` it starts at random.
 *
 * @since 0.1.0
 * @category models
 */
export interface WeightField extends Located {
  readonly _tag: "Weight"
  readonly shape: readonly [number] | readonly [number, number]
  readonly rank: number | undefined
  readonly initial?: Float32Array
}

/**
 * An input and the output it should have.
 *
 * @since 0.1.0
 * @category models
 */
export interface Demonstration<out I = unknown, out O = unknown> {
  readonly input: I
  readonly output: O
}

/**
 * Demonstrations of a task, in the order they are shown in.
 *
 * @since 0.1.0
 * @category models
 */
export interface DemonstrationsField extends Located {
  readonly _tag: "Demonstrations"
  readonly default: ReadonlyArray<Demonstration>
  /** The demonstrations and their JSON form. */
  readonly schema: Schema.Schema<ReadonlyArray<Demonstration>, unknown>
}

/**
 * @since 0.1.0
 * @category models
 */
export type Field = ScalarField | CategoryField | TextField | DemonstrationsField | WeightField

/**
 * A scalar, the choice or the template as a string, demonstrations, or a weight.
 *
 * @since 0.1.0
 * @category models
 */
export type FieldValue = number | string | ReadonlyArray<Demonstration> | Tensor

/**
 * @since 0.1.0
 * @category models
 */
export interface ParamSpace<in out P> extends Pipeable {
  readonly [TypeId]: TypeId
  /** The values of the space and their JSON form. */
  readonly schema: Schema.Schema<P, unknown>
  /** What may be tuned, in declared order. */
  readonly fields: ReadonlyArray<Field>
  /**
   * Puts one valid value per field together. Parts of `P` that are no field (a stop sequence, a token limit) come from
   * `like`.
   */
  readonly assemble: (values: ReadonlyArray<FieldValue>, like?: P) => P
  /** The value of each field, in declared order. */
  readonly disassemble: (params: P) => ReadonlyArray<FieldValue>
  /**
   * The same structure for tensor programs, from one tensor per field: a scalar tensor for a number. Throws a
   * `ParamsError` for text, categories and demonstrations, which have no tensor form.
   */
  readonly assembleTensors: (values: ReadonlyArray<Tensor>) => TensorParams<P>
}

/**
 * @since 0.1.0
 */
export declare namespace ParamSpace {
  /**
   * @since 0.1.0
   * @category utility types
   */
  export type Any = ParamSpace<any>

  /**
   * @since 0.1.0
   * @category utility types
   */
  export type Type<S extends Any> = S extends ParamSpace<infer P> ? P : never
}

/**
 * What text, categories and demonstrations become in a tensor program: nothing that can be used there.
 *
 * @since 0.1.0
 * @category utility types
 */
export interface NoTensorForm {
  readonly "~hyperfunc/NoTensorForm": "text, categories and demonstrations cannot be used in a tensor program"
}

/**
 * Parameters as a tensor program sees them: every number is a scalar tensor, weights are as they were.
 *
 * @since 0.1.0
 * @category utility types
 */
export type TensorParams<P> = P extends number
  ? Tensor
  : P extends string | Text<any> | ReadonlyArray<unknown>
    ? NoTensorForm
    : P extends Tensor | LoRAWeight | undefined
      ? P
      : {
          readonly [K in keyof P as P[K] extends (...args: ReadonlyArray<any>) => unknown ? never : K]: TensorParams<
            P[K]
          >
        }

/**
 * @since 0.1.0
 * @category guards
 */
export const isParamSpace = (u: unknown): u is ParamSpace<unknown> => typeof u === "object" && u !== null && TypeId in u
