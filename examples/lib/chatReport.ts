import * as Effect from "effect/Effect"
import * as Report from "../../layers/Report.js"
import type { Recalled } from "../../services/Memory.js"

/** A message of a customer, what was remembered on it, and the two answers. */
interface Exchange {
  readonly message: string
  readonly memories: ReadonlyArray<Recalled>
  readonly before: string
  readonly after: string
}

interface Shown {
  readonly scores: Readonly<Record<string, number>>
  readonly earlier: ReadonlyArray<ReadonlyArray<string>>
  readonly exchanges: ReadonlyArray<Exchange>
  readonly instruction: string
  readonly leaks: string
}

const list = (items: ReadonlyArray<string>): string =>
  `<ul>${items.map((item) => `<li>${Report.escape(item)}</li>`).join("")}</ul>`

const exchange = ({ after, before, memories, message }: Exchange): string => `
<h3>“${Report.escape(message)}”</h3>
<p><strong>Tuned, with memory:</strong> ${Report.escape(after)}</p>
<p><strong>Before:</strong> ${Report.escape(before)}</p>
<details><summary>${memories.length} memories</summary>${list(
  memories.map(({ entry, score }) => `${score.toFixed(2)} · ${entry.content}`)
)}</details>`

const html = ({ earlier, exchanges, instruction, leaks, scores }: Shown): string =>
  Report.page("A support desk that remembers", [
    `<p class="lead">${Object.entries(scores)
      .map(([name, score]) => `${name}: <strong>${score.toFixed(3)}</strong>`)
      .join(" · ")}</p>`,
    `<p>${leaks}</p>`,
    "<h2>What a held-out customer had said</h2>",
    ...earlier.map((messages, k) => `<h3>Conversation ${k + 1}</h3>${list(messages)}`),
    "<h2>The conversation of today</h2>",
    ...exchanges.map(exchange),
    `<h2>The tuned instruction</h2><pre>${Report.escape(instruction)}</pre>`
  ])

/** Writes the page, and gives its path. */
export const write = (path: string, shown: Shown) => Effect.as(Report.save(html(shown), path), path)
