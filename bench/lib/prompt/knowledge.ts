import { chance, shuffled } from "./random.js"

/**
 * What an instruction can teach: that a word means a label. Written by people and models as the sentence
 * `Mentions of "word" mean label.`
 */
export interface Rule {
  readonly word: string
  readonly label: string
}

export const sentence = ({ label, word }: Rule): string => `Mentions of "${word}" mean ${label}.`

/** All rules that a text states, in order, the last one of a word in force. */
export const rulesIn = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/Mentions of "([^"\n]+)" mean ([a-z0-9-]+)\./g)].map(([, word, label]) => [word, label]))

const WORDS = (
  "anchor amber atlas bamboo basil beacon birch bramble canyon cedar cinder clover cobalt copper coral cotton crane " +
  "delta ember falcon fennel fjord flint garnet ginger glacier granite harbor hazel heron indigo island ivory jasper " +
  "juniper kelp lagoon lantern larch lemon lilac linen lotus magnet maple marble meadow mirror nectar nickel nutmeg " +
  "ocean olive onyx opal orchid otter pebble pepper pine plum poppy prairie quartz raven reef ridge river saffron " +
  "sage sierra silver slate sparrow spruce sterling summit tamarind teak thistle topaz tulip tundra umber velvet " +
  "violet walnut willow"
).split(" ")

/** Rules of a task: words of its own, labels in equal shares. */
export const rulesOf = (count: number, labels: ReadonlyArray<string>, key: string): ReadonlyArray<Rule> =>
  shuffled(WORDS, `${key}/words`)
    .slice(0, count)
    .map((word, k) => ({ word, label: labels[k % labels.length] }))

/** Words that mean nothing. */
export const fillersOf = (count: number, rules: ReadonlyArray<Rule>, key: string): ReadonlyArray<string> => {
  const taken = new Set(rules.map(({ word }) => word))
  return shuffled(
    WORDS.filter((word) => !taken.has(word)),
    `${key}/fillers`
  ).slice(0, count)
}

/**
 * What a model knows of a word: the rule of its instruction, else what demonstrations show, else what it happens to guess.
 */
export const believed = (options: {
  readonly word: string
  readonly rules: ReadonlyMap<string, string>
  readonly shown: ReadonlyMap<string, string>
  /** Share of the words in demonstrations that it learns from. */
  readonly learns: number
  readonly labels: ReadonlyArray<string>
  readonly key: string
}): string => {
  const { key, labels, learns, rules, shown, word } = options
  const taught = rules.get(word)
  if (taught !== undefined) return taught
  const seen = shown.get(word)
  if (seen !== undefined && chance(`${key}/learns/${word}`) < learns) return seen
  return labels[Math.floor(chance(`${key}/prior/${word}`) * labels.length)]
}
