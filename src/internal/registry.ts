import { type Definition, DuplicateName } from "./execution.js"

/**
 * The hyperfunctions that a system declares or was seen to call.
 *
 * @internal
 */
export class Registry {
  readonly definitions = new Map<string, Definition>()
  readonly called = new Set<Definition>()
  /** A name that stood for two hyperfunctions. */
  duplicate: string | undefined = undefined

  /** What a system says that it calls. */
  declare(definition: Definition): void {
    const known = this.definitions.get(definition.name)
    if (known !== undefined && known !== definition) this.duplicate = definition.name
    else this.definitions.set(definition.name, definition)
  }

  add(definition: Definition): void {
    const known = this.definitions.get(definition.name)
    if (known === undefined) {
      this.definitions.set(definition.name, definition)
    } else if (known !== definition) {
      this.duplicate = definition.name
      throw new DuplicateName(definition.name)
    }
    this.called.add(definition)
  }
}
