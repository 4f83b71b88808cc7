import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Option from "effect/Option"
import * as Candidate from "../Candidate.js"
import type { Example } from "../Example.js"
import { CurrentExecution, type Definition, Diverged, type Execution, type LiftedCalls } from "./execution.js"
import { evaluate } from "./host.js"
import { withoutMemory } from "./isolation.js"
import type { Loop } from "./loop.js"
import { make as makeNode, type Node, sizeOf } from "./node.js"
import { randomOfRun } from "./random.js"
import type { Registry } from "./registry.js"
import { isTransparent, mapTensors, tensorsIn } from "./structure.js"

/**
 * A program that was run once for all candidates and a group of like-shaped examples: its outputs are expressions in the
 * parameters of any candidate and the tensors of any example.
 *
 * @internal
 */
export interface Lifted<O> {
  readonly output: O
  /** Data of each example tensor, `[examples, size]`. */
  readonly inputs: ReadonlyArray<Float32Array>
  /** What is expected, with its tensors standing for any example too; the same in all but those. */
  readonly expected: unknown
  readonly definitions: ReadonlyMap<string, Definition>
  readonly run: LiftedRun
}

/** @internal */
export class LiftedRun implements LiftedCalls {
  divergence: string | undefined = undefined
  /** Calls of hyperfunctions so far. */
  calls = 0
  readonly candidate = Object.defineProperties(Candidate.defaults(), {
    seed: { get: () => this.diverge("the program looked at its candidate") },
    assignments: { get: () => this.diverge("the program looked at its candidate") }
  })
  readonly definitions = new Map<string, Definition>()
  readonly loops: Array<Loop> = []
  private readonly leaves = new Map<Definition, unknown>()
  private computed = 0

  diverge(reason: string): never {
    this.divergence ??= reason
    throw new Diverged(reason)
  }

  leaf(shape: ReadonlyArray<number>): Node {
    return makeNode(shape, { _tag: "Example", slot: this.computed++, perCandidate: true }, [], this)
  }

  parameters(definition: Definition): ReadonlyArray<unknown> {
    let leaves = this.leaves.get(definition)
    if (leaves === undefined) {
      this.definitions.set(definition.name, definition)
      leaves = Candidate.leavesOf(definition, () => undefined, this)
      this.leaves.set(definition, leaves)
    }
    return leaves as ReadonlyArray<unknown>
  }
}

/**
 * Runs a program on a group of examples at once. `undefined` when it cannot be: it looked at a value, drew a random
 * number, called a hyperfunction that is more than tensors, or failed; `run.divergence` then says why.
 *
 * @internal
 */
export const lift = <I, O, E, R, X>(
  program: (input: I) => Effect.Effect<O, E, R>,
  examples: ReadonlyArray<Example<I, X>>,
  registry: Registry,
  run: LiftedRun
): Effect.Effect<Option.Option<Lifted<O>>, never, R> =>
  Effect.suspend(() => {
    const inputs: Array<Float32Array> = []
    const first = examples[0]!
    const generalise = <A>(value: A, of: (example: Example<I, X>) => unknown): A => {
      const all = examples.map((example) => tensorsIn(of(example)))
      let position = 0
      return mapTensors(value, (node) => {
        const operand = position++
        const slot = inputs.push(stackRows(all.map((nodes) => nodes[operand]!))) - 1
        return makeNode(node.shape, { _tag: "Example", slot }, [], run)
      }) as A
    }
    const input = generalise(first.input, (example) => example.input)
    const expected = generalise(first.expected as unknown, (example) => example.expected)
    const execution: Execution = {
      around: (call) => {
        registry.add(call.definition)
        run.calls++
        return call.definition.kind === "tensor"
          ? call.run
          : run.diverge(`${call.definition.name} is more than tensor operations`)
      },
      lift: run,
      budgets: undefined,
      random: () => run.diverge("it draws random numbers")
    }
    return Effect.suspend(() => program(input)).pipe(
      Effect.withRandom(randomOfRun),
      Effect.provide(Context.add(Context.make(CurrentExecution, execution), Candidate.Current, run.candidate)),
      withoutMemory(() => run.diverge("it uses a memory")),
      Effect.exit,
      Effect.flatMap((exit) => {
        if (Exit.isSuccess(exit) && !isTransparent(exit.value)) run.divergence ??= "its output is more than plain data"
        if (Exit.isSuccess(exit) && run.divergence === undefined) {
          return Effect.succeedSome({ output: exit.value, inputs, expected, definitions: run.definitions, run })
        }
        run.divergence ??= "it failed"
        return Effect.succeedNone
      })
    )
  })

const stackRows = (nodes: ReadonlyArray<Node>): Float32Array => {
  const size = sizeOf(nodes[0]!.shape)
  const data = new Float32Array(nodes.length * size)
  nodes.forEach((node, k) => data.set(evaluate(node), k * size))
  return data
}
