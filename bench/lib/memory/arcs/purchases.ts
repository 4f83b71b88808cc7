import { arc } from "../script.js"

export const purchases = [
  arc(
    "a car",
    {
      old: ["the green van", "the little Fiat", "grandad's Volvo"],
      fate: ["died on the motorway", "failed its inspection", "was crushed by a branch"],
      new: ["a second-hand electric hatchback", "a red convertible, don't judge", "a hybrid with a dent"],
      price: ["nine thousand", "six and a half thousand", "fourteen thousand"]
    },
    `
A1 A moment of silence please. {old} {fate} this week.
B  I loved that car! How many years did you have it?
A4 Seventeen. {A.son} learnt to walk holding on to its bumper.
B  And now, will you go without?
A2 I tried for a month. Then we bought a car again, {new}.
B  Was it expensive?
A3 We got them down to {price}, with winter tyres. {A.partner} does the talking in such cases.
---
A  The car had its first wash. {A.partner} was nearly moved to tears.
B  I haven't washed mine for years, it'd fall apart.
---
B  How's the car doing in the cold?
A  It starts, which the old one hadn't done for two winters. So I've got nothing to complain about.
? What happened to {A}'s old vehicle? <- 1
? What car does {A} drive now? <- 2
? How much did {A} pay for the new car? <- 3
? How many years did {A} have the old car? <- 4
? Which cars has {A} had? <- 1 2
`
  ),
  arc(
    "stolen bicycle",
    {
      where: ["outside the library", "from our own stairwell", "at the station"],
      lock: ["cut like butter", "was still there, locked", "I had forgotten to close"],
      clue: ["a listing on the internet", "a tip from a florist", "its squeak"],
      end: ["under a bridge, painted pink", "in a boy's birthday photo", "at a flea market, for forty"]
    },
    `
A1 Somebody has taken my bike, {where}, in broad daylight!
B  The nice one with the basket? Didn't you lock it?
A2 I did! Well. The lock {lock}.
B  Did you go to the police?
A  They gave me a form and a sad look.
---
A3 You'll never guess. I've got my bicycle back, thanks to {clue}.
B  You're joking! Where was it?
A4 It was {end}. I've named it Lazarus.
---
A  They took two more bikes from our street, I heard. Not mine, it sleeps in the kitchen.
B  In the kitchen! Get a better lock, that's cheaper.
---
A  My bicycle needs new tyres, after all that it's been through.
B  I know a good man for bikes, behind the station.
? Where was {A}'s bike taken from? <- 1
? How did {A} get the bicycle back? <- 3
? Where did the stolen bike turn up? <- 4
? What has {A} named the bicycle? <- 4
? What about the lock of {A}'s bicycle? <- 2
? Where was {A}'s bike taken, and where did it turn up? <- 1 4
`
  ),
  arc(
    "the sofa",
    {
      colour: ["mustard", "bottle green", "coral", "grey with stripes"],
      problem: ["it didn't fit through the door", "it smells of fish", "one leg is shorter"],
      answer: ["they want the original box", "they refunded half", "they told me to saw it"],
      seat: ["beanbags", "garden chairs", "the floor"]
    },
    `
A1 We ordered a sofa. {colour}, three seats, four months of waiting. It came today.
B  And you're writing to me from it!
A2 From the stairs. As it turns out, {problem}.
B  Oh for goodness' sake. Won't they take it back?
A3 I was on hold for an hour, and {answer}.
B  So where do you sit?
A4 On {seat}, like students. {A.partner} finds it romantic.
---
A  We saw our sofa in a film yesterday. {A.partner} paused it to look.
B  You're obsessed! Has the shop said anything?
---
B  I sat on a sofa today that cost more than my car. And it was hard.
A  Don't talk to me about sofas. I dream of them.
? What colour is the sofa that {A} ordered? <- 1
? What was wrong with {A}'s new sofa? <- 2
? What did {A} get after an hour on hold about the sofa? <- 3
? What do they sit on at {A}'s without a sofa? <- 4
? When did {A}'s sofa come, and what was wrong with it? <- 1 2
`
  ),
  arc(
    "a computer dies",
    {
      drink: ["raspberry juice", "a whole pot of tea", "champagne"],
      lost: ["the photographs of two summers", "my thesis, chapter four", "the accounts"],
      saved: ["a student in the repair cafe", "my niece", "a man called Igor"],
      backup: ["on a stick in the freezer", "every Sunday, with an alarm", "on three clouds"]
    },
    `
A1 My laptop is no more. I poured {drink} right into the keyboard.
B  Ouch. Please say that you've got copies of everything.
A2 Of everything but {lost}. I feel sick.
B  Give it to a specialist, they can do miracles.
---
A3 Good news: {saved} brought my files back, all of them!
B  What did it cost you?
A4 A crate of beer and a promise. I make backups now, {backup}.
---
A  The new laptop's so thin that I've put it down somewhere and can't find it.
B  Check under the newspapers. And keep your tea away from it!
---
B  My laptop makes a noise like a hairdryer. Is that bad?
A  Save your files right now, before you finish that sentence!
? What did {A} pour into the laptop? <- 1
? Which files did {A} fear to have lost? <- 2
? Who brought {A}'s files back? <- 3
? How does {A} keep backups? <- 4
? What happened to {A}'s laptop, and who saved the files? <- 1 3
`
  ),
  arc(
    "buying a house",
    {
      where: ["in the old fishing quarter", "two villages further", "on the hill by the water tower"],
      flaw: ["no heating", "a tree through the roof", "a tenant who won't leave, and he's a bat"],
      bid: ["five others", "a dentist with cash", "nobody else"],
      offer: ["we were outbid by a thousand", "we got it", "the seller changed her mind"],
      now: ["we're staying where we are", "we're up to our necks in paint", "we've put it behind us"]
    },
    `
A1 We've been to see a house {where}. I walked in and knew where the piano would go.
B  That's how it starts! What's the catch?
A2 There's {flaw}. {A.partner} calls it character.
B  Are many people interested?
A3 {bid}, as far as we know. We have to name a figure by Friday.
---
B  I've been dying to ask: what about the house?
A4 Well, {offer}. And so {now}.
---
A  We walk past that house every Sunday. I can't help it, I look in.
B  Someday they'll call the police. Do you still see others?
---
B  My cousin paid a fortune for a house with a catch, they all have one.
A  Everybody who sees a house goes a bit blind, I think.
? Where is the house that {A} went to see? <- 1
? What is the catch with the house that {A} saw? <- 2
? How many others are interested in the house that {A} saw? <- 3
? Did {A} get the house in the end? <- 4
? What became of the house that {A} went to see? <- 1 4
`
  ),
  arc(
    "a borrowed tent",
    {
      thing: ["drill", "tent", "canoe", "sewing machine"],
      damage: ["burnt a hole in it", "left it in the rain", "sold it by mistake"],
      amends: ["bought a better one", "baked for a month", "wrote a poem of apology"]
    },
    `
A1 I'm in trouble. I borrowed a {thing} from {A.neighbour} next door and then I {damage}.
B  Have you told them?
A  Not yet. I duck behind the hedge whenever I hear the gate.
---
A2 I've owned up, by the way, and {amends}. We're on better terms than before.
B  See? It always helps to talk.
---
A  {A.neighbour} has borrowed our ladder, and I've said keep it as long as you like.
B  A good idea. Neighbours are worth more than ladders.
---
A  We had {A.neighbour} over for dinner. Not a word about what I had borrowed.
B  So that's forgotten. Or saved up for later.
? What did {A} borrow from the neighbour? <- 1
? What happened to the thing that {A.neighbour} lent out? <- 1
? How did {A} make it up to {A.neighbour}? <- 2
? What did {A} borrow from {A.neighbour}, and how did it end? <- 1 2
`
  )
]
