import * as LoggedRun from "../../src/LoggedRun.js"
import type * as Event from "../../src/RunEvent.js"
import * as Format from "../internal/report/format.js"

/** What there is to say after a generation. */
const generation = (event: Event.Generation): string => {
  const { best, elapsed, generation, generations, reward, runs, score, spend } = event
  const left = generation === 0 ? undefined : (elapsed / generation) * (generations - generation)
  return [
    `generation ${generation}/${generations}`,
    `score ${Format.number(score)}`,
    ...(reward === undefined ? [] : [`reward ${Format.number(reward.mean)}`]),
    `best ${Format.number(best.score)}`,
    ...(spend === undefined ? [] : [`${Format.dollars(LoggedRun.total(spend).usd)} spent`]),
    ...(elapsed > 0 ? [`${Format.number((1000 * runs) / elapsed)} runs/s`] : []),
    ...(left === undefined || event.stopped !== undefined ? [] : [`${Format.millis(left)} left`])
  ].join("  ")
}

/**
 * A line about an event, for those that follow a run; nothing for those that are for the report alone.
 *
 * @internal
 */
export const line = (event: Event.RunEvent): string | undefined => {
  switch (event._tag) {
    case "Started":
      return `${event.system}: ${Format.of(event.examples, "example")}, score ${Format.number(event.score)}`
    case "Generation":
      return generation(event)
    case "Ended":
      return `ended${event.stopped === undefined ? "" : ` (${event.stopped})`}: ${Format.number(event.before)} → ${Format.number(event.after)}`
    case "Failed":
      return `failed: ${event.error.type}: ${event.error.message}`
    default:
      return undefined
  }
}
