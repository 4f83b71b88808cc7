/**
 * A tuned system as two files: JSON to be read and reviewed, and its weights in the safetensors format.
 *
 * The JSON has one entry a hyperfunction, in order of their names, with all its parameters: those that were never tuned
 * too, so that a default that is changed later changes no saved system. Instead of weights it has `{ tensor, shape }`, and
 * the digest of the weights it was saved with. Equal parameters give equal bytes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Candidate from "./Candidate.js"
import { attach, detach, print } from "./internal/artefactJson.js"
import { describe } from "./internal/describe.js"
import type { Definition } from "./internal/execution.js"
import { Registry } from "./internal/registry.js"
import * as Safetensors from "./internal/safetensors.js"
import { type HyperSystem, make } from "./internal/system.js"
import * as Params from "./Params.js"
import { ParamsError } from "./ParamsError.js"

const FORMAT = "hyperfunc/artefact"
const VERSION = 1

/**
 * Why a system was not saved or loaded. Then nothing has changed: there is no half of a system, and the artefact that was
 * there before is still there.
 *
 * - `NotTuned`: the system has no parameters of its own
 * - `Unreadable`: not there, or no artefact at all
 * - `Corrupt`: an artefact that was damaged
 * - `NewerVersion`: written by a later version of this library
 * - `WrongSystem`: another system's
 * - `UnknownHyperfunction`: it has parameters of a hyperfunction that the system did not declare
 * - `DuplicateName`: the system declares two hyperfunctions of one name
 * - `Mismatch`: the weights are not the ones that were saved with the JSON
 * - `Invalid`: parameters outside their space; `cause` is the {@link ParamsError}
 * - `WriteFailed`: the files could not be written
 *
 * @since 0.1.0
 * @category errors
 */
export class ArtefactError extends Schema.TaggedError<ArtefactError>("hyperfunc/ArtefactError")("ArtefactError", {
  reason: Schema.Literal(
    "NotTuned",
    "Unreadable",
    "Corrupt",
    "NewerVersion",
    "WrongSystem",
    "UnknownHyperfunction",
    "DuplicateName",
    "Mismatch",
    "Invalid",
    "WriteFailed"
  ),
  system: Schema.String,
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  /** The file, where there is one. */
  path: Schema.optionalWith(Schema.String, { exact: true }),
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.path ?? this.system}: ${this.detail}. ${this.cure}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Artefact {
  readonly json: string
  /** In the safetensors format. */
  readonly weights: Uint8Array
}

type AnySystem = HyperSystem<never, unknown, unknown, unknown>

const definitionsOf = (
  system: AnySystem,
  names: Iterable<string>
): Effect.Effect<ReadonlyMap<string, Definition>, ArtefactError> =>
  Effect.suspend(() => {
    const registry = new Registry()
    for (const definition of system.definitions) registry.declare(definition)
    const { definitions, duplicate } = registry
    if (duplicate !== undefined) {
      return new ArtefactError({
        reason: "DuplicateName",
        system: system.name,
        detail: `two different hyperfunctions are called ${describe(duplicate)}`,
        cure: "Give each hyperfunction a name of its own, and make it once"
      })
    }
    const unknown = [...names].filter((name) => !definitions.has(name))
    if (unknown.length === 0) return Effect.succeed(definitions)
    return new ArtefactError({
      reason: "UnknownHyperfunction",
      system: system.name,
      detail: `there are parameters of ${unknown.slice(0, 8).map(describe).join(", ")}, which the system does not declare`,
      cure: `Declare what it calls: HyperSystem.make(${describe(system.name)}, { run, hyperfunctions: [...] })`
    })
  })

const invalid = (system: AnySystem, cause: ParamsError): ArtefactError =>
  new ArtefactError({
    reason: "Invalid",
    system: system.name,
    detail: `${cause.block}: expected ${cause.expected}, got ${cause.actual}`,
    cure: "Correct the parameter, or the space that its hyperfunction declares",
    cause
  })

const invalidSeed = (system: AnySystem, seed: number): ArtefactError =>
  new ArtefactError({
    reason: "Invalid",
    system: system.name,
    detail: `seed: expected a finite number, got ${seed}`,
    cure: "Give Candidate.defaults a whole number"
  })

const digest = (bytes: Uint8Array): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => globalThis.crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)),
    (buffer) => Encoding.encodeHex(new Uint8Array(buffer))
  )

/**
 * Whether these weights were saved with this JSON.
 *
 * @internal
 */
export const isPair = (json: string, weights: Uint8Array): Effect.Effect<boolean> =>
  Effect.map(digest(weights), (sha256) => sha256Of(parse(json)) === sha256)

/**
 * Parameters of the tuned system, in the two forms. Fails with `NotTuned`, `UnknownHyperfunction`, `DuplicateName` or
 * `Invalid`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (system: AnySystem): Effect.Effect<Artefact, ArtefactError> =>
  Effect.gen(function* () {
    const { candidate } = system
    if (candidate === undefined) {
      return yield* new ArtefactError({
        reason: "NotTuned",
        system: system.name,
        detail: "it has no parameters of its own to save",
        cure: "Save what HyperSystem.optimize or HyperSystem.withCandidate returns"
      })
    }
    if (!Number.isFinite(candidate.seed)) return yield* invalidSeed(system, candidate.seed)
    const definitions = yield* definitionsOf(system, candidate.assignments.keys())
    const sorted = [...definitions.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    const tensors = new Map<string, Safetensors.Stored>()
    const entries = yield* Effect.forEach(sorted, (definition) => entryOf(system, candidate, definition, tensors))
    const weights = Safetensors.write(tensors, { format: FORMAT })
    const document = {
      format: FORMAT,
      version: VERSION,
      system: system.name,
      seed: candidate.seed,
      weights: { sha256: yield* digest(weights) },
      hyperfunctions: Object.fromEntries(entries)
    }
    return { json: `${print(document)}\n`, weights }
  })

const entryOf = (
  system: AnySystem,
  candidate: Candidate.Candidate,
  definition: Definition,
  tensors: Map<string, Safetensors.Stored>
): Effect.Effect<readonly [string, unknown], ArtefactError> =>
  Effect.suspend(() => {
    const { name, params } = definition
    try {
      const json = Params.encode(params, { name })(Candidate.paramsOf(candidate, definition))
      return Effect.succeed([name, detach(json, name, tensors)] as const)
    } catch (error) {
      if (error instanceof ParamsError) return invalid(system, error)
      throw error
    }
  })

interface Document {
  readonly seed: number
  readonly sha256: string
  readonly hyperfunctions: Readonly<Record<string, unknown>>
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const sha256Of = (document: unknown): unknown =>
  Predicate.isRecord(document) && Predicate.isRecord(document.weights) ? document.weights.sha256 : undefined

const corrupt = (system: AnySystem, detail: string): ArtefactError =>
  new ArtefactError({
    reason: "Corrupt",
    system: system.name,
    detail,
    cure: "Restore both files from the same save, or save again"
  })

const documentOf = (system: AnySystem, json: string): Effect.Effect<Document, ArtefactError> => {
  const fail = (reason: ArtefactError["reason"], detail: string, cure: string) =>
    new ArtefactError({ reason, system: system.name, detail, cure })
  const document = parse(json)
  if (!Predicate.isRecord(document) || document.format !== FORMAT) {
    const what = document === undefined ? "not JSON" : "not a saved system"
    return fail("Unreadable", `this is ${what}`, "Load the JSON that was saved")
  }
  const { hyperfunctions, seed, version } = document
  if (Number.isInteger(version) && (version as number) > VERSION) {
    return fail("NewerVersion", `it has version ${version} of the format, and ${VERSION} is known`, "Update hyperfunc")
  }
  const sha256 = sha256Of(document)
  if (version !== VERSION) return corrupt(system, `"version" is ${describe(version)}`)
  if (typeof document.system !== "string") return corrupt(system, `"system" is ${describe(document.system)}`)
  if (typeof seed !== "number" || !Number.isFinite(seed)) return corrupt(system, `"seed" is ${describe(seed)}`)
  if (typeof sha256 !== "string") return corrupt(system, `"weights.sha256" is ${describe(sha256)}`)
  if (!Predicate.isRecord(hyperfunctions)) return corrupt(system, `"hyperfunctions" is ${describe(hyperfunctions)}`)
  return document.system === system.name
    ? Effect.succeed({ seed, sha256, hyperfunctions })
    : fail(
        "WrongSystem",
        `these are parameters of ${describe(document.system)}, and the system is called ${describe(system.name)}`,
        "Load the artefact of this system, or give the system the name that was saved"
      )
}

const tensorsOf = (
  system: AnySystem,
  document: Document,
  weights: Uint8Array
): Effect.Effect<ReadonlyMap<string, Safetensors.Stored>, ArtefactError> =>
  Effect.gen(function* () {
    const tensors = Safetensors.read(weights)
    if (Either.isLeft(tensors)) return yield* corrupt(system, `the weights are damaged: ${tensors.left}`)
    if ((yield* digest(weights)) === document.sha256) return tensors.right
    return yield* new ArtefactError({
      reason: "Mismatch",
      system: system.name,
      detail: "the weights are not the ones that were saved with the JSON",
      cure: "Take both files from the same save, or save again"
    })
  })

/**
 * The same system with the parameters of an artefact. Hyperfunctions that it says nothing of have their defaults.
 *
 * All or nothing: everything is checked against the spaces that the system declares before there is a system to run.
 * Fails with any of the reasons but `NotTuned` and `WriteFailed`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = <I, O, E, R>(
  system: HyperSystem<I, O, E, R>,
  artefact: Artefact
): Effect.Effect<HyperSystem<I, O, E, R>, ArtefactError> =>
  Effect.gen(function* () {
    const document = yield* documentOf(system, artefact.json)
    const entries = Object.entries(document.hyperfunctions)
    const definitions = yield* definitionsOf(
      system,
      entries.map(([name]) => name)
    )
    const tensors = yield* tensorsOf(system, document, artefact.weights)
    const assignments = yield* Effect.forEach(entries, ([name, json]) => {
      const { params } = definitions.get(name)!
      const unresolved = attach(json, tensors)
      return Params.decode(params, { name })(json).pipe(
        Effect.map((decoded) => [name, { values: params.disassemble(decoded), like: decoded }] as const),
        Effect.mapError((error) =>
          unresolved === undefined ? invalid(system, error) : corrupt(system, `${error.block}: ${unresolved}`)
        )
      )
    })
    const candidate = Candidate.unsafeMake(document.seed, new Map(assignments))
    return make(system.name, system.program, system.definitions, candidate)
  })
