import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import type { Field, FieldValue, ParamSpace } from "../ParamSpace.js"
import { ParamsError } from "../ParamsError.js"
import { describe } from "./describe.js"
import { fromJson } from "./fieldJson.js"
import { check, checkShape, type Failure } from "./fields.js"

/** @internal */
export const blockOf = (name: string | undefined, path: string): string =>
  [name ?? "", path].filter((part) => part !== "").join(".") || "params"

/** @internal */
export const errorOf = (name: string | undefined, path: string, failure: Failure): ParamsError =>
  new ParamsError({ block: blockOf(name, path), ...failure })

const cut = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text)

const locate = (
  fields: ReadonlyArray<Field>,
  issue: ParseResult.ParseIssue,
  path: string
): { readonly path: string; readonly failure: Failure } => {
  const field = fields.find((field) => field.path === path)
  const fault = field === undefined ? Either.right(undefined) : fromJson(field, issue.actual)
  if (Either.isLeft(fault)) return { path, failure: fault.left }
  switch (issue._tag) {
    case "Pointer": {
      const keys = Array.isArray(issue.path) ? issue.path : [issue.path]
      return locate(fields, issue.issue, [path, ...keys.map(String)].filter((key) => key !== "").join("."))
    }
    case "Composite": {
      const [first] = Array.isArray(issue.issues) ? issue.issues : [issue.issues]
      return locate(fields, first, path)
    }
    case "Refinement":
    case "Transformation": {
      return locate(fields, issue.issue, path)
    }
    default: {
      const expected = issue._tag === "Unexpected" ? "no such key" : cut(String(issue.ast))
      return { path: cut(path), failure: { reason: "Undecodable", expected, actual: describe(issue.actual) } }
    }
  }
}

/**
 * What is wrong with JSON that did not decode, said in a line and without the data.
 *
 * @internal
 */
export const fromIssue = (
  space: ParamSpace.Any,
  name: string | undefined,
  issue: ParseResult.ParseIssue
): ParamsError => {
  const { failure, path } = locate(space.fields, issue, "")
  return errorOf(name, path, failure)
}

/**
 * What is wrong with values for a space, when they may have been made for another one of that name.
 *
 * @internal
 */
export const misfit = (
  space: ParamSpace.Any,
  name: string,
  values: ReadonlyArray<FieldValue>
): ParamsError | undefined => {
  if (values.length !== space.fields.length) {
    const expected = `${space.fields.length} parameters`
    return errorOf(name, "", { reason: "WrongShape", expected, actual: `${values.length} of another space` })
  }
  for (const [k, field] of space.fields.entries()) {
    const fault = checkShape(field, values[k])
    if (fault !== undefined) return errorOf(name, field.path, fault)
  }
  return undefined
}

/**
 * The first field whose value does not belong to it.
 *
 * @internal
 */
export const firstFault = <P>(space: ParamSpace<P>, name: string | undefined, params: P): ParamsError | undefined => {
  const values = space.disassemble(params)
  for (const [k, field] of space.fields.entries()) {
    const fault = check(field, values[k])
    if (fault !== undefined) return errorOf(name, field.path, fault)
  }
  return undefined
}
