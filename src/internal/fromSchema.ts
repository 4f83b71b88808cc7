import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { Field, ParamSpace, Transform } from "../ParamSpace.js"
import { ParamsError } from "../ParamsError.js"
import { FieldId } from "./fieldJson.js"
import { category, scalar } from "./fields.js"
import { leaf, product } from "./paramSpace.js"

/** @internal */
export const TuningId = Symbol.for("hyperfunc/Params/Tuning")

/** @internal */
interface Tuning {
  readonly default?: number | string | undefined
  readonly transform?: Transform | undefined
  readonly scale?: number | undefined
  readonly frozen?: boolean | undefined
}

const refuse = (path: string, expected: string, actual: string): never => {
  throw new ParamsError({ reason: "InvalidSpace", block: path === "" ? "params" : path, expected, actual })
}

const closed: ReadonlySet<unknown> = new Set([
  Schema.FiniteSchemaId,
  Schema.JsonNumberSchemaId,
  Schema.NonNaNSchemaId,
  Schema.BetweenSchemaId,
  Schema.GreaterThanOrEqualToSchemaId,
  Schema.LessThanOrEqualToSchemaId
])

const numberBox = (ast: AST.AST): { readonly min: number; readonly max: number } | undefined => {
  let [min, max] = [-Infinity, Infinity]
  let finite = false
  let inner = ast
  while (AST.isRefinement(inner)) {
    const id = Option.getOrUndefined(AST.getSchemaIdAnnotation(inner))
    if (!closed.has(id)) return undefined
    finite ||= id === Schema.FiniteSchemaId || id === Schema.JsonNumberSchemaId
    const box: { minimum?: number; maximum?: number } = Option.getOrElse(AST.getJSONSchemaAnnotation(inner), () => ({}))
    min = Math.max(min, box.minimum ?? -Infinity)
    max = Math.min(max, box.maximum ?? Infinity)
    inner = inner.from
  }
  const bounded = Number.isFinite(min) && Number.isFinite(max)
  return AST.isNumberKeyword(inner) && (finite || bounded) ? { min, max } : undefined
}

const choicesOf = (ast: AST.AST): ReadonlyArray<string> | undefined => {
  const members = AST.isUnion(ast) ? ast.types : [ast]
  const literals = members.map((member) => (AST.isLiteral(member) ? member.literal : undefined))
  return literals.every((literal) => typeof literal === "string") ? literals : undefined
}

const tuningOf = (ast: AST.AST): Tuning => {
  const own = Option.getOrUndefined(AST.getAnnotation<Tuning>(TuningId)(ast))
  return own ?? (AST.isRefinement(ast) ? tuningOf(ast.from) : {})
}

const fieldOf = (ast: AST.AST, path: string): Field => {
  const declared = Option.getOrUndefined(AST.getAnnotation<Field>(FieldId)(ast))
  if (declared !== undefined) return declared
  const { default: start, ...tuning } = tuningOf(ast)
  const block = path === "" ? "params" : path
  const box = numberBox(ast)
  const choices = choicesOf(ast)
  if (box === undefined && choices === undefined) {
    return refuse(
      path,
      "a finite number between bounds, a union of string literals, a parameter space or an optional field",
      "a schema that cannot be tuned"
    )
  }
  if (start === undefined) return refuse(path, "a default, given with Params.annotations({ default })", "none")
  if (box !== undefined) return scalar(block, { ...tuning, ...box, default: start as number })
  if (tuning.transform !== undefined || tuning.scale !== undefined) {
    return refuse(path, "a category without transform and scale", "both of a number")
  }
  return category(block, choices ?? [], { ...tuning, default: start as string })
}

const isTuned = (ast: AST.AST): boolean =>
  (AST.isUnion(ast) && ast.types.some(isTuned)) ||
  Option.isSome(AST.getAnnotation(FieldId)(ast)) ||
  Object.keys(tuningOf(ast)).length > 0

type Fields = Readonly<Record<string, Schema.Struct.Field>>

const fieldsOf = (schema: object): Fields | undefined =>
  "fields" in schema && typeof schema.fields === "object" ? (schema.fields as Fields) : undefined

const memberSpace = (member: Schema.Struct.Field, path: string): ParamSpace.Any | undefined => {
  if (Schema.isSchema(member)) return spaceOf(member, path)
  const ast = (member as Schema.PropertySignature.All).ast
  const type = ast._tag === "PropertySignatureDeclaration" ? ast : ast.to
  const typeSide = AST.typeAST(type.type)
  if (!type.isOptional) return leaf(fieldOf(typeSide, path), Schema.make(typeSide))
  return isTuned(typeSide) ? refuse(path, "a required field, because it is tuned", "an optional one") : undefined
}

/** @internal */
export const spaceOf = (schema: Schema.Schema.All, path: string): ParamSpace.Any => {
  const typeSide = AST.typeAST(schema.ast)
  const fields = fieldsOf(schema)
  if (fields === undefined) return leaf(fieldOf(typeSide, path), schema as Schema.Schema<unknown>)
  const spaces: Record<string, ParamSpace.Any> = {}
  const carried: Array<string> = []
  for (const [key, member] of Object.entries(fields)) {
    const space = memberSpace(member, path === "" ? key : `${path}.${key}`)
    if (space === undefined) carried.push(key)
    else spaces[key] = space
  }
  const build = AST.isDeclaration(typeSide)
    ? (parts: object) => new (schema as unknown as new (parts: object, unchecked: boolean) => object)(parts, true)
    : (parts: object) => parts
  return product<any>(spaces, schema as Schema.Schema<unknown>, (parts, like = {}) => {
    const rest = carried.filter((key) => Object.hasOwn(like, key)).map((key) => [key, like[key]])
    return build({ ...parts, ...Object.fromEntries(rest) })
  })
}
