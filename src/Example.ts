/**
 * An input and what is expected of it.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export interface Example<out I, out X> {
  readonly input: I
  readonly expected: X
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <I, X>(input: I, expected: X): Example<I, X> => ({ input, expected })
