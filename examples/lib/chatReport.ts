import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type { Recalled } from "../../services/Memory.js"
import { page } from "./page.js"

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

const escaped = (text: string): string => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`)

const list = (items: ReadonlyArray<string>): string =>
  `<ul>${items.map((item) => `<li>${escaped(item)}</li>`).join("")}</ul>`

const exchange = ({ after, before, memories, message }: Exchange): string => `
<h3>“${escaped(message)}”</h3>
<p><strong>Tuned, with memory:</strong> ${escaped(after)}</p>
<p><strong>Before:</strong> ${escaped(before)}</p>
<details><summary>${memories.length} memories</summary>${list(
  memories.map(({ entry, score }) => `${score.toFixed(2)} · ${entry.content}`)
)}</details>`

const html = ({ earlier, exchanges, instruction, leaks, scores }: Shown): string =>
  page("A support desk that remembers", [
    `<p class="lead">${Object.entries(scores)
      .map(([name, score]) => `${name}: <strong>${score.toFixed(3)}</strong>`)
      .join(" · ")}</p>`,
    `<p>${leaks}</p>`,
    "<h2>What a held-out customer had said</h2>",
    ...earlier.map((messages, k) => `<h3>Conversation ${k + 1}</h3>${list(messages)}`),
    "<h2>The conversation of today</h2>",
    ...exchanges.map(exchange),
    `<h2>The tuned instruction</h2><pre>${escaped(instruction)}</pre>`
  ])

/** Writes the page, and gives its path. */
export const write = (path: string, shown: Shown) =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    yield* fileSystem.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true })
    yield* fileSystem.writeFileString(path, html(shown))
    return path
  })
