/**
 * A candidate is an assignment of parameters to hyperfunctions. The one in force is ambient: hyperfunctions read it
 * where they are called, so candidates run side by side and none can see another's.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type { Hyperfunction } from "./internal/callable.js"
import type { Definition } from "./internal/execution.js"
import { evaluate } from "./internal/host.js"
import * as Node from "./internal/node.js"
import { firstFault, misfit } from "./internal/paramsIssue.js"
import type { FieldValue, ParamSpace } from "./ParamSpace.js"
import { defaults as defaultsOf } from "./Params.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~hyperfunc/Candidate"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~hyperfunc/Candidate"

/**
 * @since 0.1.0
 * @category models
 */
export interface Candidate {
  readonly [TypeId]: TypeId
  /** What weights without initial values are drawn from. */
  readonly seed: number
  /** By the names of hyperfunctions; the others have their defaults. */
  readonly assignments: ReadonlyMap<string, Assignment>
}

/**
 * The parameters of one hyperfunction: a value for each field, and the parts of `like` that are no field.
 *
 * @since 0.1.0
 * @category models
 */
export interface Assignment {
  readonly values: ReadonlyArray<FieldValue>
  readonly like?: unknown
}

/**
 * @internal
 */
export const unsafeMake = (seed: number, assignments: Candidate["assignments"]): Candidate => ({
  [TypeId]: TypeId,
  seed,
  assignments
})

/**
 * Every hyperfunction at its defaults, with weights drawn from `seed`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const defaults = (options?: { readonly seed?: number }): Candidate => unsafeMake(options?.seed ?? 0, new Map())

/**
 * The candidate in force.
 *
 * @since 0.1.0
 * @category references
 */
export class Current extends Context.Reference<Current>()("hyperfunc/Candidate/Current", {
  defaultValue: (): Candidate => defaults()
}) {}

/**
 * The same candidate with other parameters for one hyperfunction. Throws a `ParamsError` when they lie outside its space.
 *
 * @since 0.1.0
 * @category combinators
 */
export const set: {
  <P>(hyperfunction: Hyperfunction<any, any, any, any, P>, params: NoInfer<P>): (self: Candidate) => Candidate
  <P>(self: Candidate, hyperfunction: Hyperfunction<any, any, any, any, P>, params: NoInfer<P>): Candidate
} = dual(3, <P>(self: Candidate, hyperfunction: Hyperfunction<any, any, any, any, P>, params: P): Candidate => {
  const fault = firstFault(hyperfunction.params, hyperfunction.definition.name, params)
  if (fault !== undefined) throw fault
  return unsafeMake(
    self.seed,
    new Map(self.assignments).set(hyperfunction.definition.name, {
      values: hyperfunction.params.disassemble(params),
      like: params
    })
  )
})

/**
 * The parameters that a hyperfunction has under a candidate.
 *
 * @since 0.1.0
 * @category accessors
 */
export const get: {
  <P>(hyperfunction: Hyperfunction<any, any, any, any, P>): (self: Candidate) => P
  <P>(self: Candidate, hyperfunction: Hyperfunction<any, any, any, any, P>): P
} = dual(
  2,
  <P>(self: Candidate, hyperfunction: Hyperfunction<any, any, any, any, P>): P =>
    paramsOf(self, hyperfunction.definition) as P
)

/**
 * Runs an effect, one call or a whole program, with a candidate in force.
 *
 * @since 0.1.0
 * @category combinators
 */
export const provide: {
  (candidate: Candidate): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, candidate: Candidate): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, candidate: Candidate): Effect.Effect<A, E, R> =>
    Effect.provideService(self, Current, candidate)
)

/** The space that an assignment was last seen to fit. */
const fitting = new WeakMap<Assignment, ParamSpace<any>>()

/**
 * Defaults by seed and name, so that all candidates share the very same initial weights.
 */
const defaultAssignments = new WeakMap<ParamSpace<any>, Map<string, Assignment>>()

/**
 * Throws a `ParamsError` when what is assigned was made for another space of that name.
 *
 * @internal
 */
export const assignmentOf = (self: Candidate, definition: Definition): Assignment => {
  const assigned = self.assignments.get(definition.name)
  if (assigned !== undefined) {
    if (fitting.get(assigned) !== definition.params) {
      const fault = misfit(definition.params, definition.name, assigned.values)
      if (fault !== undefined) throw fault
      fitting.set(assigned, definition.params)
    }
    return assigned
  }
  let known = defaultAssignments.get(definition.params)
  if (known === undefined) defaultAssignments.set(definition.params, (known = new Map()))
  const key = `${self.seed}/${definition.name}`
  let assignment = known.get(key)
  if (assignment === undefined) {
    assignment = { values: defaultsOf(definition.params, { seed: self.seed, name: definition.name }) }
    known.set(key, assignment)
  }
  return assignment
}

const memo = <A>(compute: (assignment: Assignment, definition: Definition) => A) => {
  const known = new WeakMap<Assignment, A>()
  return (self: Candidate, definition: Definition): A => {
    const assignment = assignmentOf(self, definition)
    let entry = known.get(assignment)
    if (entry === undefined) known.set(assignment, (entry = compute(assignment, definition)))
    return entry
  }
}

/**
 * What an effectful hyperfunction's `run` is given.
 *
 * @internal
 */
export const paramsOf = memo(({ like, values }, definition): unknown => definition.params.assemble(values, like))

/** @internal */
export const parameterKey = (definition: Definition, field: number): string => `${definition.name}/${field}`

const weightOf = (value: FieldValue): Node.Weight => {
  if (typeof value === "number") return { base: Float32Array.of(value), direction: undefined, scale: 0 }
  const operation = (value as Node.Node).operation
  if (operation._tag === "Parameter" && operation.weight !== undefined) return operation.weight
  return { base: evaluate(value as Node.Node), direction: undefined, scale: 0 }
}

/**
 * The weights behind the fields of a tensor hyperfunction.
 *
 * @internal
 */
export const weightsOf = memo(({ values }): ReadonlyArray<Node.Weight> => values.map(weightOf))

/**
 * What a tensor hyperfunction's `run` is given: its parameters as the leaves of an expression. Without a `weight` they
 * stand for those of any candidate.
 *
 * @internal
 */
export const leavesOf = (
  definition: Definition,
  weight: (field: number) => Node.Weight | undefined,
  lift?: Node.Lift
): unknown =>
  definition.params.assembleTensors(
    definition.params.fields.map((field, k) =>
      Node.make(
        field._tag === "Weight" ? field.shape : [],
        { _tag: "Parameter", key: parameterKey(definition, k), weight: weight(k) },
        [],
        lift
      )
    )
  )

/** @internal */
export const tensorParamsOf = memo(({ values }, definition): unknown =>
  leavesOf(definition, (field) => weightOf(values[field]!))
)
