import { chance, pick, shuffled } from "../prompt/random.js"
import { arcs } from "./arcs/index.js"
import { otherPeople } from "./otherPeople.js"
import type { Arc, Part } from "./script.js"
import { greetings, partings, remarks } from "./smallTalk.js"
import { type World, worldsOf } from "./world.js"

export interface Turn {
  /** From 0, in the order of time. */
  readonly session: number
  /** In milliseconds since 1970. */
  readonly at: number
  readonly speaker: string
  readonly text: string
}

interface Question {
  readonly text: string
  /** The turns that answer it. */
  readonly evidence: ReadonlyArray<number>
}

/** Two people over a year, and what one may ask about it afterwards. */
export interface Conversation {
  readonly name: string
  readonly turns: ReadonlyArray<Turn>
  readonly questions: ReadonlyArray<Question>
}

const SESSIONS = 18

const STORIES = 36

/** Of a story, at the most. */
const QUESTIONS = 2

const DAY = 86_400_000

const START = Date.UTC(2023, 0, 8, 18)

type Speakers = readonly [World, World]

/** A story as it is told: whose it is, and what the slots stand for. */
interface Story {
  readonly key: string
  readonly arc: Arc
  readonly roles: Readonly<Record<"A" | "B", World>>
  readonly filled: Readonly<Record<string, string>>
}

/** Who of the two is who, drawn from a key. */
const rolesOf = ([one, other]: Speakers, key: string): Story["roles"] =>
  chance(key) < 0.5 ? { A: one, B: other } : { A: other, B: one }

const storyOf = (key: string, arc: Arc, speakers: Speakers): Story => {
  const filled = Object.entries(arc.slots).map(([slot, words]) => [slot, pick(words, `${key}/${slot}`)])
  return { key, arc, roles: rolesOf(speakers, `${key}/roles`), filled: Object.fromEntries(filled) }
}

const capitalised = (text: string): string => text.replace(/(^|[.!?] )(\p{Ll})/gu, (match) => match.toUpperCase())

/** A text with one of each way to say it, and names and things in their places. */
const say = (text: string, { filled, key, roles }: Omit<Story, "arc">): string => {
  const said = text.replace(/\[([^\]]*)\]/g, (_, ways: string) => pick(ways.split("|"), `${key}/${ways}`))
  const fill = (text: string): string =>
    text.replace(/\{([^}]*)\}/g, (_, slot: string) => {
      const [role, person = ""] = slot.split(".")
      return role === "A" || role === "B" ? roles[role][person] : fill(filled[slot])
    })
  return capitalised(fill(said))
}

/** Something that is said on an occasion: a part of a story, or what comes between. */
interface Said {
  readonly part: Part
  readonly story: Omit<Story, "arc">
}

/** The parts of a story on occasions of their own, in their order. */
const occasionsOf = ({ arc, key }: Story): ReadonlyArray<number> =>
  shuffled(
    Array.from({ length: SESSIONS }, (_, session) => session),
    `${key}/occasions`
  )
    .slice(0, arc.parts.length)
    .sort((a, b) => a - b)

const storiesOf = (key: string, speakers: Speakers): ReadonlyArray<Story> =>
  shuffled(arcs, `${key}/arcs`)
    .slice(0, STORIES)
    .map((arc) => storyOf(`${key}/${arc.name}`, arc, speakers))

const conversationOf = (name: string): Conversation => {
  const speakers = worldsOf(name)
  const stories = storiesOf(name, speakers)
  const occasions = new Map(stories.map((story) => [story, occasionsOf(story)]))
  const between = shuffled([...remarks, ...otherPeople], `${name}/between`)
  const [first, last] = [shuffled(greetings, `${name}/greetings`), shuffled(partings, `${name}/partings`)]
  const turns: Array<Turn> = []
  const labelled = new Map<string, number>()

  const chatter = (part: Part, key: string): Said => ({
    part,
    story: { key, roles: rolesOf(speakers, key), filled: {} }
  })
  let at = START
  for (let session = 0; session < SESSIONS; session++) {
    const key = `${name}/${session}`
    const told = stories.flatMap((story): ReadonlyArray<Said> => {
      const part = occasions.get(story)!.indexOf(session)
      return part === -1 ? [] : [{ part: story.arc.parts[part], story }]
    })
    const mixed = shuffled(
      [...told, ...between.slice(2 * session, 2 * session + 2).map((part, k) => chatter(part, `${key}/between/${k}`))],
      `${key}/order`
    )
    for (const { part, story } of [
      chatter(first[session], `${key}/first`),
      ...mixed,
      chatter(last[session], `${key}/last`)
    ]) {
      for (const { label, text, who } of part) {
        if (label !== undefined) labelled.set(`${story.key}/${label}`, turns.length)
        turns.push({ session, at, speaker: story.roles[who][""], text: say(text, story) })
      }
    }
    at += (9 + Math.floor(14 * chance(`${key}/gap`))) * DAY
  }
  const questions = stories.flatMap((story) =>
    shuffled(story.arc.questions, `${story.key}/questions`)
      .slice(0, QUESTIONS)
      .map(({ evidence, text }) => ({
        text: say(text, story),
        evidence: evidence.map((label) => labelled.get(`${story.key}/${label}`)!)
      }))
  )
  return { name, turns, questions }
}

/**
 * The labelled set. It was written, and its size chosen, before any memory but the plain search was measured on it, and has
 * not been changed since.
 */
export const conversations: ReadonlyArray<Conversation> = Array.from({ length: 12 }, (_, k) =>
  conversationOf(`conversation ${k + 1}`)
)
