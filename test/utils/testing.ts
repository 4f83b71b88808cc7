/**
 * A test kit for programs of model calls, `hyperfunc/testing`: a real server that speaks OpenAI's protocol and misbehaves
 * on request, a scripted `LLM` without a server, and virtual time.
 *
 * @since 0.1.0
 */

/**
 * Effect's own clock for tests: time passes when the test says so.
 *
 * @since 0.1.0
 */
export * as TestClock from "effect/TestClock"
/**
 * A `LLM` that answers by a script and remembers what it was asked.
 *
 * @since 0.1.0
 */
export * as LlmScripted from "../../layers/LlmScripted.js"
/**
 * A server on the loopback interface: scripted replies, faults, or a simulated model whose answers depend on the prompt.
 *
 * @since 0.1.0
 */
export * as OpenAiServer from "./OpenAiServer.js"

export {
  /**
   * Runs a program in time of its own, event by event: an hour of rate limits takes well below a second.
   *
   * @since 0.1.0
   */
  simulate
} from "./virtualTime.js"
