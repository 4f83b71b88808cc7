const token = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g
const identifier = /^[\p{L}_][\p{L}\p{N}_.-]*$/u

const shown = (text: string): string => JSON.stringify(text.length > 30 ? `${text.slice(0, 30)}…` : text)

/**
 * The placeholders of a template, each once and in order; a string says what is wrong with its braces.
 *
 * @internal
 */
export const placeholdersOf = (template: string): ReadonlyArray<string> | string => {
  const names = new Set<string>()
  for (const match of template.matchAll(token)) {
    const name = match[1]
    if (name !== undefined) {
      if (!identifier.test(name)) return `${shown(match[0])}, which names no placeholder, at character ${match.index}`
      names.add(name)
    } else if (match[0].length === 1) {
      return `an unpaired ${match[0]} at character ${match.index}`
    }
  }
  return Array.from(names)
}

/** @internal */
export const showPlaceholders = (names: ReadonlyArray<string>): string => {
  if (names.length === 0) return "no placeholders"
  const few = names.slice(0, 8).map((name) => `{${name.length > 30 ? `${name.slice(0, 30)}…` : name}}`)
  return few.join(", ") + (names.length > 8 ? ` and ${names.length - 8} more` : "")
}

/**
 * What a template drops and invents, compared with the declared placeholders; `undefined` when nothing.
 *
 * @internal
 */
export const templateFault = (template: string, placeholders: ReadonlyArray<string>): string | undefined => {
  const found = placeholdersOf(template)
  if (typeof found === "string") return found
  const dropped = placeholders.filter((name) => !found.includes(name))
  const invented = found.filter((name) => !placeholders.includes(name))
  const faults = [
    ...(dropped.length === 0 ? [] : [`a template that drops ${showPlaceholders(dropped)}`]),
    ...(invented.length === 0 ? [] : [`a template that invents ${showPlaceholders(invented)}`])
  ]
  return faults.length === 0 ? undefined : faults.join(" and ")
}
