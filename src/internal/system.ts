import type * as Effect from "effect/Effect"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Candidate from "../Candidate.js"
import type { Definition } from "./execution.js"
import * as Tracing from "./tracing.js"

/** @internal */
export const TypeId = "~hyperfunc/HyperSystem"

/** @internal */
export type TypeId = typeof TypeId

/** @internal */
export interface HyperSystem<in I, out O, out E, out R> extends Pipeable {
  readonly [TypeId]: TypeId
  readonly name: string
  /** Runs the system with its parameters: those it was tuned to, or else those in force. */
  readonly run: (input: I) => Effect.Effect<O, E, R>
  /** The program itself, under whatever candidate is in force. */
  readonly program: (input: I) => Effect.Effect<O, E, R>
  /** What it was tuned to. */
  readonly candidate: Candidate.Candidate | undefined
  /**
   * Hyperfunctions that were declared, or found when it was tuned; others are found when they are called.
   *
   * @internal
   */
  readonly definitions: ReadonlyArray<Definition>
}

/** @internal */
export const make = <I, O, E, R>(
  name: string,
  program: (input: I) => Effect.Effect<O, E, R>,
  definitions: ReadonlyArray<Definition>,
  candidate: Candidate.Candidate | undefined
): HyperSystem<I, O, E, R> => ({
  [TypeId]: TypeId,
  name,
  program,
  definitions,
  candidate,
  run: (input) => {
    const run = Tracing.workflow(program(input), name)
    return candidate === undefined ? run : Candidate.provide(run, candidate)
  },
  pipe() {
    return pipeArguments(this, arguments)
  }
})
