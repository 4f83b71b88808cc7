import { chance, type Simulation } from "./simulated.js"

/** What it can say about mails, and the words by which it notices. */
const TOPICS: ReadonlyArray<{ readonly words: RegExp; readonly says: string }> = [
  {
    words: /linux|kernel|rpm|perl|server|install|version|code|patch/i,
    says: "Somebody discusses software, code and Linux."
  },
  {
    words: /^re:|wrote|list\b|thread|\bi think\b/i,
    says: "Somebody answers on a mailing list and quotes what another wrote."
  },
  { words: /newsisfree|\bnews\b|date:|url:|article/i, says: "A link to a news article with its summary." },
  { words: /\bfree\b|offer|save|price|discount|order now/i, says: "A free offer, a bargain or a low price." },
  { words: /money|income|earn|invest|business|profit/i, says: "How to make money fast, a business opportunity." },
  { words: /mortgage|loan|credit|insurance|debt|rates/i, says: "Mortgages, loans, insurance and credit cards." },
  { words: /weight|viagra|pills|health|doctor/i, says: "Pills, losing weight and better health." },
  { words: /click here|unsubscribe|remove/i, says: "Click here to order or to be removed." },
  { words: /confidential|transfer|million|assistance/i, says: "A stranger asks for help to transfer millions." }
]

/** Topics that it adds at a time. */
const ADDED = 4

/**
 * Describes a kind of mail better after it was shown some that were misread: adds the topics of those of the kind, unless
 * they are as much those of the other one.
 */
export const simulatedLexicon: Simulation = ({ messages, rollout }) => {
  const text = messages.map(({ content }) => content).join("\n")
  const kind = /The step is called (\w+)\./.exec(text)?.[1]
  const [, described = ""] = /current instruction:\n<[^>]*>\n([\s\S]*?)\n<\//.exec(text) ?? []
  const runs = Array.from(text.matchAll(/\bgiven: (.*)[\s\S]*?\nExpected: (\w+)/gi), ([, mail, label]) => ({
    mail,
    label
  }))
  const balance = (words: RegExp): number =>
    runs.reduce((sum, { label, mail }) => sum + (words.test(mail) ? (label === kind ? 1 : -1) : 0), 0)
  const added = TOPICS.filter(({ says }) => !described.includes(says))
    .map(({ says, words }) => ({ says, weight: balance(words) + chance(`${rollout}/${says}`) }))
    .filter(({ weight }) => weight >= 1)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, ADDED)
  return [described, ...added.map(({ says }) => says)].join("\n")
}
