/**
 * Text with typed placeholders: a prompt that is a parameter.
 *
 * `{name}` is a placeholder; `{{` and `}}` are literal braces. The names are read off the type of the template, so that a
 * missing or unknown value is a compile error.
 *
 * @since 0.1.0
 */
import { placeholdersOf } from "./internal/template.js"
import { ParamsError } from "./ParamsError.js"

/**
 * The placeholders of a template literal type; `string` when the template is not known to the compiler.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Placeholders<Template extends string, Names extends string = never> = string extends Template
  ? string
  : Template extends `${string}{${infer Rest}`
    ? Rest extends `{${infer After}`
      ? Placeholders<After, Names>
      : Rest extends `${infer Name}}${infer After}`
        ? Placeholders<After, Names | Name>
        : Names
    : Names

/**
 * A template and the names of its placeholders. Tuning changes the template and keeps the names.
 *
 * @since 0.1.0
 * @category models
 */
export class Text<Names extends string = string> {
  readonly template: string
  readonly placeholders: ReadonlyArray<Names>

  constructor(template: string, placeholders: ReadonlyArray<Names>) {
    this.template = template
    this.placeholders = placeholders
  }

  /**
   * The template with every placeholder replaced by its value, in one pass: braces inside a value stay as they are.
   */
  render(...args: [Names] extends [never] ? [] : [values: { readonly [Name in Names]: string }]): string {
    const values: Readonly<Record<string, string>> = args[0] ?? {}
    return this.template.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (token: string, name: string | undefined) => {
      if (name === undefined) return token[0]
      if (Object.hasOwn(values, name)) return values[name]
      throw new ParamsError({
        reason: "Placeholders",
        block: "Text.render",
        expected: `a value for {${name}}`,
        actual: "none"
      })
    })
  }
}

/**
 * Throws a {@link ParamsError} when the braces of the template do not pair.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Template extends string>(template: Template): Text<Placeholders<Template>> => {
  const scanned = placeholdersOf(template)
  if (typeof scanned === "string") {
    throw new ParamsError({ reason: "Placeholders", block: "Text.make", expected: "braces in pairs", actual: scanned })
  }
  return new Text(template, scanned as ReadonlyArray<Placeholders<Template>>)
}

/**
 * @since 0.1.0
 * @category guards
 */
export const isText = (u: unknown): u is Text => u instanceof Text
