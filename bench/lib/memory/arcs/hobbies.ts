import { arc } from "../script.js"

export const hobbies = [
  arc(
    "pottery",
    {
      where: ["the community centre", "a cellar on Mill Lane", "the adult college"],
      first: ["a bowl that leans", "a mug without a bottom", "something between a vase and a hat"],
      glaze: ["sea green", "oxblood", "a blue with speckles"],
      for: ["{A.sister}", "my mother", "the people at work"]
    },
    `
A1 I've found something that switches off my head: I'm doing pottery at {where}, Wednesday nights.
B  With a wheel, like in the movie?
A  With a wheel, and with mud up to the eyebrows.
B  What have you made so far?
A2 {first}. The teacher called it 'honest'.
---
B  How are your clay adventures?
A3 I've moved on to proper sets. Six plates in {glaze}, and only one cracked in the kiln.
B  Do you sell them?
A4 No, they're going to be a present for {for}. If they survive the post.
---
A  Off to pottery again tonight, I've still got clay under the nails.
B  What are you going to make this time? Something with a bottom?
---
A  There was a pottery market in the square. The plates there cost more than a dinner.
B  You see, you could sell yours! What did you buy?
? Where does {A} do pottery? <- 1
? What did {A} make first in the pottery class? <- 2
? What colour are {A}'s plates? <- 3
? Who gets {A}'s plates as a present? <- 4
? On which night does {A} do pottery? <- 1
? What has {A} made in pottery so far? <- 2 3
`
  ),
  arc(
    "the band",
    {
      style: ["ska", "country", "sea shanties", "klezmer"],
      part: ["bass", "the washboard", "second guitar", "keys"],
      name: ["Soup of the Day", "The Late Fees", "Uncle's Shed"],
      gig: ["a divorce party", "the harbour festival", "the reopening of the swimming pool"]
    },
    `
A1 {A.mate} has talked me into it. I'm in a band! At our age!
B  I need details. What do you play?
A2 I play {part}. Badly, but with conviction. The music is {style}, so nobody notices.
B  Do you have a name yet?
A3 We argued for three rehearsals. It's {name} now, and the bassist still sulks.
---
A4 We've had our first gig, at {gig}! People danced. Actual people.
B  And you didn't invite me?
A  I wanted to see whether I'd faint first. You're coming to the next one.
---
A  Rehearsal with the band was cancelled, somebody's amplifier smoked.
B  Rock and roll! Are you writing music of your own by now?
---
B  My daughter wants to know whether your band plays at birthdays.
A  For cake, always. We need two hours to agree what to play, though.
? What does {A} play in the band? <- 2
? What sort of music does {A}'s band play? <- 2
? What name does {A}'s band have? <- 3
? Where was the first gig of {A}'s band? <- 4
? Who talked {A} into joining a band? <- 1
? What does {A} play, and what is the band called? <- 2 3
`
  ),
  arc(
    "photo contest",
    {
      subject: [
        "a fishmonger yawning",
        "two umbrellas in the fog",
        "my grandfather's hands",
        "a crow on a satellite dish"
      ],
      theme: ["patience", "borders", "Sunday"],
      place: ["second", "third", "first"],
      win: ["a tripod", "a page in the newspaper", "a course with a war reporter"]
    },
    `
A1 I've entered a photography competition, the theme's '{theme}'. I shouldn't have, there are thousands.
B  Your pictures are wonderful. Which one did you send?
A2 The one with {subject}, from the winter. It took me forty minutes in the cold to get it.
B  I remember that one! It gave me goosebumps.
---
A3 Remember the contest? I got a letter. I've come {place}!
B  No way! I told you. Is there a prize?
A4 {win}. I've read the letter so often that it's falling apart.
---
A  There's an exhibition with all the photos from the competition. I went to see it, incognito.
B  Of course you did. Was your picture hung well?
---
B  Would you send something to a photo contest again?
A  I've got an idea for a picture, but I need fog and a patient dog for it.
? What was the theme of the competition that {A} entered? <- 1
? Which picture did {A} send to the competition? <- 2
? In which place did {A} come in the photo contest? <- 3
? What prize did {A} win with the picture? <- 4
? With which picture did {A} come in which place at the contest? <- 2 3
`
  ),
  arc(
    "allotment",
    {
      crop: ["pumpkins", "beans", "artichokes", "rhubarb"],
      pest: ["slugs", "a hare", "pigeons", "the neighbour's goat"],
      defence: ["beer traps", "an old radio", "a scarecrow in my wedding suit"],
      harvest: ["forty jars", "enough for the whole street", "one, but what a one"]
    },
    `
A1 After four years on the list we've got an allotment! Plot nineteen, behind the railway.
B  At last! What will you plant?
A2 {A.partner} wants flowers. I've put in {crop}, rows and rows.
B  Send me a basket!
---
B  How's life on plot nineteen?
A3 War! We're losing to {pest}. Everything nibbled to the stalk overnight.
B  Is there nothing one can do?
A4 I'm experimenting with {defence}. The old hands next to us are in stitches.
---
A5 Harvest is in: {harvest}. I've never been so proud of a vegetable.
B  I expected a basket, you know.
---
A  They had the summer meeting at the allotments. Three hours about hedges.
B  Sounds like parliament. Did you plant the hedge too high?
---
A  I sat on the plot till dark, with a beer, doing nothing.
B  That's what an allotment is for, isn't it? Forget the harvest.
? What did {A} plant on the allotment? <- 2
? What is {A} losing the war on plot nineteen to? <- 3
? What is {A} experimenting with against the pests? <- 4
? How much was {A}'s harvest? <- 5
? Where is {A}'s allotment? <- 1
? What did {A} plant, and how big was the harvest? <- 2 5
`
  ),
  arc(
    "book club",
    {
      book: ["Middlemarch", "The Master and Margarita", "Moby Dick", "The Magic Mountain"],
      opinion: ["threw it across the room", "missed my stop because of it", "fell asleep on page nine, four times"],
      next: ["a thriller set on a whaler", "poems", "a cookbook, as a protest"],
      host: ["the vicar", "a retired judge", "the woman from the bakery"]
    },
    `
A1 I've been dragged into a reading circle. Ten people, wine, and this month {book}.
B  I never got through that. Did you?
A2 I {opinion}. But I had opinions, so they let me stay.
B  Who runs it?
A3 {host}. Very gentle, until somebody hasn't read the chapter.
B  And what's up next?
A4 They voted for {next}. I abstained.
---
A  The reading circle met at ours. They drank everything and talked about schools.
B  Did anyone mention the book at all?
---
B  Could I come along to your reading circle for once?
A  Of course! You needn't have read it. Most of them haven't either.
? What does {A}'s reading circle read this month? <- 1
? What was {A}'s reaction to the book? <- 2
? Who runs {A}'s reading circle? <- 3
? What did {A}'s reading circle vote for? <- 4
? What has {A}'s reading circle read, and what comes next? <- 1 4
`
  ),
  arc(
    "chess evenings",
    {
      rival: ["a girl of eleven", "a taxi driver", "my former landlord"],
      place: ["the back room of a pub", "the library", "a laundrette"],
      opening: ["the Caro-Kann", "the King's Gambit", "the London"],
      result: ["a draw", "a win on time", "my queen in the box after nine moves"]
    },
    `
A1 I've taken up chess again, Mondays in {place}. It smells exactly as it did when I was twelve.
B  Isn't it frightfully quiet?
A2 You'd think so, but then there's {rival}, who beats me and giggles.
B  You need a secret weapon.
A3 I've got a book about {opening} under my pillow. Don't tell.
---
A4 The rematch took place! It ended with {result}.
B  I suppose that means you're going back next Monday.
---
A  I lost at chess against the computer, on the level for kids.
B  Those kids are good these days. Do you play every Monday now?
---
B  They showed a chess match on the telly and I thought of you. I understood nothing.
A  The opening is all that I understand. After that it's prayer.
? Where does {A} play chess? <- 1
? Who beats {A} at chess? <- 2
? Which opening is the book under {A}'s pillow about? <- 3
? How did {A}'s rematch in chess end? <- 4
? Against whom did {A} play at chess, and how did it end? <- 2 4
`
  ),
  arc(
    "baking contest",
    {
      bake: ["a rye loaf with figs", "a tower of eclairs", "a carrot cake without sugar"],
      disaster: ["the oven went out", "I mixed up salt and sugar", "the dog got the first one"],
      judge: ["a miller", "the mayor's husband", "somebody from television"],
      said: ["'bold'", "'my mother would weep'", "'a brick with a soul'"]
    },
    `
A1 The village fair has a baking competition and I've put my name down with {bake}.
B  You? You burn toast!
A  I've improved. {A.partner} has gained two kilos from the rehearsals.
---
B  So, are you the champion?
A2 Picture it: an hour before the deadline {disaster}.
B  I can't look! And then?
A3 I did it again, in tears. The judge was {judge} and called it {said}.
B  Is that good?
A4 It's a fourth place, out of five. I've framed the certificate.
---
A  I've baked again, just for us, and it was the best ever. No judge in sight!
B  That's the law. Would you go in for the competition once more?
---
A  The fair has sent the form for next year's competition. {A.partner} has hidden it.
B  Find it! I want to know what you bake next.
? What does {A} bake for the competition? <- 1
? What happened to {A} before the deadline of the baking competition? <- 2
? What did the judge call {A}'s cake? <- 3
? Which place did {A} take in the baking competition? <- 4
? How did the baking competition go for {A}? <- 2 3 4
`
  ),
  arc(
    "climbing",
    {
      wall: ["the new hall at the docks", "a disused church tower", "the quarry"],
      partner: ["{A.colleague} from work", "{A.friend}", "my dentist"],
      fear: ["looking down", "trusting the rope", "the last move"],
      grade: ["a six", "my first overhang", "the route with the bell on top"]
    },
    `
A1 My arms are jelly, I can hardly hold the phone. I've been climbing at {wall}.
B  Voluntarily? I get dizzy on a chair.
A2 {partner} took me along. You need someone at the other end of the rope.
B  And what's the worst bit?
A3 {fear}. My head says yes and my hands say no way.
---
A4 I managed {grade} on Saturday! I screamed so loud that everybody clapped.
B  You're unstoppable.
---
A  The climbing shoes are two sizes too small, that's how it has to be, they say.
B  Who says that, the plaster industry? Does it still scare you?
---
B  Did you climb this week?
A  On Saturday, yes. The rope smells of other people's fear.
? Where does {A} go climbing? <- 1
? Who is at the other end of {A}'s rope? <- 2
? What scares {A} most on the wall? <- 3
? What did {A} manage on the climbing wall on Saturday? <- 4
? When did {A} start climbing, and what has been managed so far? <- 1 4
`
  ),
  arc(
    "the choir",
    {
      voice: ["the altos", "the tenors", "the basses"],
      piece: ["Mozart's Requiem", "a Mass by Palestrina", "an arrangement of disco hits"],
      hall: ["the cathedral", "a prison", "a swimming pool without water"],
      sore: ["lost my voice", "came in a bar early, alone", "had the giggles"]
    },
    `
A1 I auditioned for the town choir and they've put me with {voice}.
B  I've always said that you have a lovely voice. What are you rehearsing?
A2 {piece}. I go round the house humming one note for minutes.
B  When can I hear it?
A3 We perform in {hall}, on the second Advent. I'll put you on the list.
---
B  I'm so sorry that I had to leave before the end! How was the rest?
A4 Glorious, except that I {sore} in the last movement.
---
A  The choir's looking for men. Or for anybody who's on time.
B  I can do neither. What are you rehearsing these days?
---
A  Our conductor threw his pencil at the whole choir today. It was that sort of rehearsal.
B  Whom did he hit? You sing so well, it can't have been you.
? With whom did they put {A} in the town choir? <- 1
? What is {A}'s choir rehearsing? <- 2
? Where does {A}'s choir perform? <- 3
? What went wrong for {A} in the last movement? <- 4
? When and where does {A} sing in the concert? <- 3
`
  )
]
