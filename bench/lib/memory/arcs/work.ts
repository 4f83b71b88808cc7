import { arc } from "../script.js"

export const work = [
  arc(
    "a new job",
    {
      role: [
        "head of the archive",
        "night manager at a hotel",
        "data analyst at the waterworks",
        "editor of a gardening magazine"
      ],
      question: ["what kind of kitchen tool I'd be", "how many windows the city has", "why I had left the last place"],
      start: ["on the first of March", "right after Easter", "in the second week of August"],
      perk: ["free train travel", "every other Friday off", "a canteen with a real chef"]
    },
    `
A  Don't tell anyone yet, but I've sent off an application.
B  My lips are sealed. For what?
A1 It's a job as {role}. I only saw the notice by chance, on the last day.
B  That sounds exactly like you. Fingers crossed!
---
B  So? Did they invite you to an interview?
A2 They did! Three people across the table, and one of them wanted to know {question}. I just laughed.
B  What did you say?
A  Something silly. I walked out sure that I had blown it.
---
A3 You won't believe it: they took me! I begin {start}.
B  I knew it! We have to celebrate. Is the pay any good?
A4 A little less than now, honestly. But there is {perk}, and that's worth more to me.
---
A  Everything at the job is still new. I got lost on the way back from lunch.
B  It took me a year to find the lift in mine. Is the work as you hoped?
---
B  Do you miss the old job at all?
A  The people, yes. The work, not for a second.
? What job did {A} apply for? <- 1
? What did they want to know at {A}'s job interview? <- 2
? When does {A} begin to work at the new job? <- 3
? What makes up for the lower pay at {A}'s new job? <- 4
? Which job did {A} get, and when does it begin? <- 1 3
`
  ),
  arc(
    "the boss changes",
    {
      rule: ["no phones in meetings", "everybody has to stand during the briefing", "reports only on Mondays"],
      gone: ["to a competitor in Zurich", "on a sailing trip around the world", "into politics"],
      nick: ["the Metronome", "Captain Spreadsheet", "the Weather"],
      lunch: ["brought dumplings for all of us", "remembered everyone's birthday", "sent us home early"]
    },
    `
A1 Big news at the office. {A.boss} is leaving us, he's going {gone}.
B  The one you got along with so well? What a pity.
A  Nine years. I nearly cried into the printer. And his successor started today.
B  First impression?
A2 Strict. First thing she announced was: {rule}. Everybody looked at the floor.
---
B  Have you got used to the new boss?
A3 We call her {nick} behind her back. But I take it back that she's cold.
B  Oh? What changed your mind?
A4 On the day the big order went out she {lunch}. She's just shy, I think.
---
A  The new boss came by my desk and asked what I was working on. I panicked.
B  Bosses like to see a bit of panic. What did you say?
---
A  Half of the office wants {A.boss} back, and he writes that he misses us.
B  People always want the former boss back. Wait a year.
? Where is {A.boss} going after he leaves the office? <- 1
? What rule did {A}'s new boss announce on her first day? <- 2
? What do they call {A}'s new boss behind her back? <- 3
? Why did {A} start to like the new boss? <- 4
? What is {A}'s new boss like? <- 2 3 4
`
  ),
  arc(
    "talk at a conference",
    {
      topic: [
        "soil bacteria",
        "bridges that sing in the wind",
        "the history of spectacles",
        "reading aloud to the dying"
      ],
      city: ["Lisbon", "Tallinn", "Bologna", "Montreal"],
      mishap: ["the projector died", "I dropped all my cards", "somebody's phone played a polka"],
      prize: ["the audience award", "a job offer in the break", "an invitation to write a chapter"]
    },
    `
A1 They've accepted my talk! I'm going to speak about {topic}, in front of two hundred people.
B  Wow! Where is it?
A2 {city}, in the old opera house. I've never been, I'm adding a couple of days.
B  Are you nervous?
A  I rehearse to the mirror, to the fridge, to anybody who can't run away.
---
A3 The talk went all right in the end, even though {mishap} after five minutes.
B  That's everybody's nightmare! What did you do?
A4 I just went on without. And imagine, I came home with {prize}.
---
A  Somebody from the conference wrote to me about the talk. A fan, apparently.
B  You'll be famous! Do you know what you'll talk about next?
---
B  My niece has to give a talk at school and can't sleep. What's your advice?
A  Speak slowly, go to the loo before, and don't talk to the slides.
? What does {A} speak about in the talk? <- 1
? Where did {A} give a talk? <- 2
? What went wrong during {A}'s talk? <- 3
? What did {A} come home with after the talk? <- 4
? In which city did {A} talk, and about what? <- 1 2
`
  ),
  arc(
    "evening exam",
    {
      subject: ["bookkeeping", "sign language", "forestry law", "first aid instruction"],
      where: ["in the bathtub", "on the bus", "in the laundry room"],
      score: ["ninety-one percent", "just two points above the line", "the best of the year"],
      reward: ["a weekend without alarm clocks", "oysters", "a new pair of boots"]
    },
    `
A1 I've gone back to school, sort of. Twice a week, after work, I'm taking {subject}.
B  Respect! I fall asleep on the sofa at eight. How do you find the time?
A2 I learn {where}, it's the only spot where nobody talks to me.
B  And when will you be done?
A  There's an exam just before the holidays. I haven't sat one for fifteen years.
---
A3 I passed! They put up the results this morning: {score}.
B  You clever thing! What will you treat yourself to?
A4 {reward}. I've promised it to myself every single evening.
---
A  I miss the course a bit, since the exam. My evenings are so empty after work.
B  Take another one! You've got the taste for learning now.
---
B  What was the worst question in that exam of yours?
A  The very first. I wrote my own name wrong.
? What course is {A} taking after work? <- 1
? Where does {A} learn in peace for the exam? <- 2
? What was {A}'s result in the exam? <- 3
? What treat had {A} promised as a reward for passing? <- 4
? When did {A} pass the exam, and in which course? <- 1 3
`
  ),
  arc(
    "a colleague leaves",
    {
      where: ["a lighthouse in Norway", "her family's olive farm", "a monastery in Nepal"],
      gift: ["a signed cricket bat", "a jar with a note from each of us", "a ridiculous hat"],
      desk: ["the plant", "the window seat", "the broken chair"]
    },
    `
A  We said goodbye to {A.colleague} today, the one who shares my office.
B  The one with the loud laugh? What's she going to do?
A1 {A.colleague} has had enough of computers. She is off to {where}, for at least two years.
B  I'm a bit jealous. Did you all get her something?
A2 We gave her {gift}. She pretended to have something in her eye.
B  And you've got the office to yourself now.
A3 I've inherited {desk}, that's all. Somebody from accounts moves in next week.
---
A  A card from {A.colleague}! The whole office stood round my desk to read it.
B  How is she? Does she miss the computers?
---
A  It's so quiet at the office without {A.colleague}. I've started to talk to the stapler.
B  You can bring your own laugh. Or visit her.
? Where is {A.colleague} off to after quitting? <- 1
? What farewell present did {A}'s team give {A.colleague}? <- 2
? What did {A} inherit from the departing colleague? <- 3
`
  ),
  arc(
    "own shop",
    {
      goods: ["second-hand books", "buttons and ribbons", "cheese", "houseplants"],
      name: ["The Patient Snail", "Two Left Feet", "Mrs Moon", "Corner of Nowhere"],
      street: ["next to the fire station", "in the old pharmacy", "opposite the cinema"],
      first: ["an elderly man who wanted directions", "my old maths teacher", "a boy with nothing but coins"]
    },
    `
A1 I've signed the lease! In two months I'll be the owner of a shop with {goods}.
B  You actually did it! After all these years of talking. Where is it?
A2 It's {street}. Tiny, but it has a bay window and a bell on the door.
B  What are you going to call it?
A3 {A.partner} suggested {name} as a joke, and now I can't think of anything else.
---
B  How was the opening? I'm so sorry that I couldn't come.
A4 Chaos, but good chaos. The very first person through the door was {first}.
B  That'll be a story for the anniversary.
A5 We took three hundred and twelve on the day. I had hoped for a hundred.
---
A  The bell on the shop door broke today. I hadn't noticed how much I like that sound.
B  Poor shop! Did anyone come in at all in that weather?
---
B  Is it lonely in the shop on a slow day?
A  I talk to people who look at the window. Some come in, in self-defence.
? What does {A} sell in the shop? <- 1
? In what place is {A}'s shop? <- 2
? Which name for the shop did {A.partner} suggest? <- 3
? Who was the first person to come into {A}'s shop? <- 4
? How much did {A} earn on the opening day? <- 5
? What is {A}'s shop like, and where is it? <- 1 2
? How was the opening day of {A}'s shop? <- 4 5
`
  ),
  arc(
    "redundancies",
    {
      share: ["every fifth of us", "a third of the department", "forty people"],
      news: ["by e-mail on a Sunday", "over the loudspeaker", "in a meeting that was called 'cake'"],
      plan: ["retrain as a nurse", "take a year off", "go freelance"]
    },
    `
A1 It's tense here. They're letting {share} go before the summer, and nobody knows who.
B  That's awful. How did they tell you?
A2 {news}. I still can't get over that.
B  And what will you do if it hits you?
A3 {A.partner} and I talked half the night. In that case I'd {plan}, there's some savings.
---
B  Any news from work? I've been thinking of you.
A4 I'm safe, it turns out. {A.friend} from the lab isn't, and I feel guilty every time we meet.
---
A  There's a rumour about the company again. Every summer the same fear of losing the job.
B  You can't live like that. Have they told you anything official?
---
A  {A.friend} has found a job at last. I could have danced.
B  So she's safe, too! What a year, with those layoffs.
? How many people have to go before the summer at {A}'s company? <- 1
? How did {A}'s company tell people about the layoffs? <- 2
? What would {A} do after being laid off? <- 3
? Is {A}'s job safe after the layoffs? <- 4
? Which friend of {A} was made redundant? <- 4
? What did {A} fear at work, and how did it end? <- 1 4
`
  ),
  arc(
    "the commute",
    {
      old: ["an hour on the motorway", "two buses and a tram", "fifty minutes in a full train"],
      now: ["a folding bike and the ferry", "on foot along the canal", "with a car pool of nurses"],
      gain: ["listens to novels", "has lost six kilos", "knows every duck by name"]
    },
    `
A1 My way to work was {old} again this morning, and the same to come home! That's a fifth of my waking life.
B  Can't you do it differently?
A  I've been thinking. There must be a way that doesn't make me hate people.
---
A2 I've changed how I get to work, by the way: {now}. I arrive with a smile, they're all suspicious.
B  In this weather too?
A3 There's no bad weather. Ask {A.partner}, {A.he} says I'm a new person: one who {gain}.
---
A  There was snow on the way to work. I arrived with white eyebrows.
B  You mad person. How long did it take you?
---
B  I thought of you in the traffic jam, on my way home.
A  And I thought of nobody at all, on my way to work. Bliss.
? What was {A}'s way to work in the past? <- 1
? How does {A} get to work these days? <- 2
? What good came of {A}'s new way to work? <- 3
? How has {A}'s way to work changed? <- 1 2
`
  )
]
