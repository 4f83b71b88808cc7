import { arc } from "../script.js"

export const home = [
  arc(
    "the kitchen",
    {
      find: ["a well", "newspapers from 1921", "a walled-up window", "a love letter"],
      where: ["under the floor", "behind the stove", "inside the chimney"],
      counter: ["slate", "oak", "recycled glass"],
      time: ["three weeks", "five months", "half a year"],
      wash: ["in the bathtub", "at the neighbours'", "with the garden hose"]
    },
    `
A1 We're tearing out the kitchen. The builder says it takes {time}, so double that.
B  How do you cook?
A2 On a camping stove in the hall, and we wash up {wash}.
B  I hope it'll be worth it. What will it look like?
A3 Blue cupboards, and a worktop of {counter}. I've wanted that forever.
---
A4 The builders have found {find} {where}! Work has stopped, everyone's taking pictures.
B  How exciting! Is it worth anything?
A  To us it is. A man from the museum's coming on Tuesday.
---
A  The builders didn't come today. They wait for a part, and we wait for the builders.
B  It takes as long as it takes. Do you remember what a kitchen looks like?
---
A  I dreamt that the kitchen was done and I couldn't find the fridge in it.
B  You need a holiday from that kitchen. Come and eat with us.
? How long does it take to tear out {A}'s kitchen? <- 1
? Where does {A} wash up during the renovation? <- 2
? What is the worktop in {A}'s kitchen made of? <- 3
? What did the builders find at {A}'s? <- 4
? When were things found in {A}'s kitchen, and what? <- 4
`
  ),
  arc(
    "a leak",
    {
      room: ["the nursery", "the bathroom", "the bedroom"],
      source: ["a nail from the new shelf", "the washing machine upstairs", "a pipe from the war"],
      plumber: ["came in carnival costume", "is eighty and sings", "charged for the whole day"],
      ruined: ["the piano", "my stamp collection", "the parquet"]
    },
    `
A1 I woke up because something dripped on my forehead. There's water coming through the ceiling of {room}!
B  Turn off the main tap! Do you know where from?
A2 By now, yes: it was {source}.
B  Did you get hold of anyone on a Sunday?
A3 A plumber who {plumber}. But he found it in two minutes.
B  Is a lot broken?
A4 {ruined}, sadly. The insurance is sending somebody.
---
A  The stain on the ceiling looks like Australia. We've decided to keep it.
B  Has the water stopped for good? Ask the plumber to look once more.
---
B  There's water in our cellar, after all that rain. What was your plumber's name?
A  I'll send you the number. He comes, at any price.
? Through which ceiling did water come at {A}'s? <- 1
? What caused the water damage at {A}'s? <- 2
? What was special about {A}'s plumber? <- 3
? What did the water break at {A}'s? <- 4
? What caused the water at {A}'s, and what was ruined? <- 2 4
`
  ),
  arc(
    "a lodger",
    {
      name: ["Benedikt", "Rosalind", "Osman", "Marguerite"],
      job: ["a violin maker", "a trainee undertaker", "a night nurse"],
      habit: ["cooks cabbage at midnight", "meditates in the hall", "labels every egg"],
      deal: ["the rent is paid in guitar lessons", "laundry only on Thursdays", "no shoes after ten"]
    },
    `
A1 Since the spare room's empty we've let it. {name} is {job} and plays no trombone, I asked.
B  A stranger in your bathroom! Do you get on?
A2 Very well. There's only one thing: the new lodger {habit}.
B  You need rules.
A3 We've got one now: {deal}. We shook hands on it.
---
A  The lodger has invited us to the spare room for tea. As guests, in our own house!
B  How charming. Did you take off your shoes?
---
B  How long is your lodger going to stay?
A  Forever, I hope. The spare room was just a place for boxes, really.
? Who lives in {A}'s spare room? <- 1
? What is the job of the lodger in {A}'s spare room? <- 1
? What does {A}'s new lodger do that is odd? <- 2
? What rule do {A} and the lodger have? <- 3
`
  ),
  arc(
    "a friend goes abroad",
    {
      land: ["New Zealand", "Chile", "Canada", "Kenya"],
      job: ["to count penguins", "to run a bakery", "for a man she met twice"],
      ritual: ["we watch the same film every Sunday", "we send each other stones", "she calls when I have breakfast"],
      visit: ["in two years", "as soon as I have the money", "for her wedding"]
    },
    `
A1 I brought {A.friend} to the airport today. She's emigrating to {land}, {job}.
B  Your oldest friend! That must be hard.
A2 Since kindergarten. We've promised that {ritual}.
B  Then she isn't really gone. Will you go and see her?
A3 {visit}, that's the plan. I'm afraid of flying, she knows what it means.
---
A  {A.friend} has sent me a photo of her front door, it's orange.
B  She'd never have dared that here. Does she miss you?
---
B  Do you hear from your friend, or does it fade?
A  {A.friend} and I will never fade. We're like bad wallpaper.
? Where did {A.friend} emigrate to? <- 1
? What made {A}'s best friend emigrate? <- 1
? What have {A} and {A.friend} promised each other? <- 2
? When will {A} visit {A.friend}? <- 3
? When did {A.friend} leave, and when will {A} go to see her? <- 1 3
`
  ),
  arc(
    "class reunion",
    {
      years: ["twenty", "twenty-five", "thirty"],
      who: ["my first love", "the boy who put glue on my chair", "our Latin teacher"],
      became: ["a bishop", "a stuntman", "a florist", "an arms dealer"],
      said: ["he still has my ruler", "I hadn't changed, the liar", "I was the scary one"]
    },
    `
A1 It's our class reunion tonight, {years} years. I've changed my shirt four times.
B  You'll be the best-looking one. Whom do you dread most?
A2 {who}. We haven't spoken since the final party.
---
B  You owe me a report from the reunion!
A3 So: the shyest girl of all is {became} now. I dropped my glass.
B  And the one you were afraid of?
A4 Charming! Said that {said}.
---
A  They've made a list of everybody from the class, with addresses. Half of them moved back.
B  Mine too. It's the schools, they say, or the mothers.
---
B  Would you go to another class reunion, after that one?
A  In ten years, yes. Until then I've seen enough of my class.
? How many years after school was {A}'s class reunion? <- 1
? Whom did {A} dread to meet at the class reunion? <- 2
? What does the shyest girl of {A}'s class do now? <- 3
? What did the person that {A} dreaded say? <- 2 4
? Whom did {A} meet at the class reunion? <- 3 4
`
  ),
  arc(
    "favourite film",
    {
      film: ["Paddington", "The Third Man", "Groundhog Day", "Spirited Away"],
      times: ["nineteen", "at least thirty", "seven"],
      because: ["I saw it the night I met {A.partner}", "the music undoes me", "nobody in it is evil"],
      hates: ["musicals", "anything in space", "films with a talking animal"]
    },
    `
B  We couldn't agree on a film yesterday. What's your all-time favourite?
A1 {film}, no contest. I've seen it {times} times.
B  Really? What is it about that one?
A2 It's that {because}. I know it by heart and it still gets me.
B  And what would you never watch?
A3 {hates}. I leave the room.
---
A  They show my favourite film at the open-air cinema. In the rain, of course.
B  Let me guess, you've got tickets. How many times will that make?
---
B  We went to the cinema yesterday. The film was three hours long, we left.
A  Nobody should make a film that's longer than a good night's sleep.
? What movie does {A} love most? <- 1
? Why does {A} love that movie so much? <- 1 2
? What kind of movies does {A} dislike? <- 3
? How many times has {A} seen the favourite film? <- 1
`
  ),
  arc(
    "as a child",
    {
      place: ["above a bakery", "on a barge", "in a railway house", "in a boarding school in the hills"],
      wanted: ["a clown", "a stationmaster", "the pope", "a locksmith"],
      prank: ["set the hay on fire", "locked the priest in the belfry", "swam to the island and back"],
      smell: ["tar", "fresh rolls", "floor polish"]
    },
    `
B  You never told me where you grew up.
A1 {place}. It sounds more romantic than it was.
B  And what did you want to be as a little one?
A2 {wanted}. I practised on my brother.
B  Were you well behaved?
A3 Let's say that at nine I {prank}. They still talk about it there.
B  I'd like to have known you then.
A4 To this day I only need the smell of {smell}, and I'm back.
---
A  I drove past the house where I was a child. They've painted it pink.
B  One shouldn't go back, I always say. Was the tree still there?
---
B  Your daughter's just like you as a child, I suppose?
A  Worse, and cleverer. My mother enjoys it very much.
? Where did {A} grow up? <- 1
? What was {A}'s dream job as a child? <- 2
? What mischief did {A} get into when young? <- 3
? Which smell brings back {A}'s childhood? <- 4
? What was {A} like as a child? <- 2 3
`
  ),
  arc(
    "a tattoo",
    {
      motif: ["a swallow", "a paperclip", "my grandmother's signature", "a tiny teapot"],
      spot: ["on the ankle", "behind the ear", "on the left wrist"],
      meaning: ["coming home", "a promise to {A.sister}", "nothing, I just like it"],
      mum: ["fainted", "wants the same one", "hasn't spoken to me since"]
    },
    `
A1 I've done something irreversible. {motif}, {spot}. It hurt less than expected.
B  A tattoo! You! Show me!
A  It's still under foil. Tomorrow.
B  Does it stand for something?
A2 It stands for {meaning}. I've carried that around with me for years.
B  Does your mother know?
A3 She does now. She {mum}.
---
A  A child on the bus tried to rub off my tattoo with spit.
B  Ha! And what did you say?
---
B  I've been thinking about a tattoo myself. Does one regret it?
A  Ask me when I'm eighty. I forget that I have a tattoo at all, most days.
? What tattoo did {A} get? <- 1
? What does {A}'s tattoo stand for? <- 2
? How did {A}'s mother react to the tattoo? <- 3
? On which part of the body is {A}'s tattoo? <- 1
? When did {A} get a tattoo, and what did the mother say? <- 1 3
`
  ),
  arc(
    "a mishap",
    {
      lost: ["my keys", "my purse", "my hearing aid"],
      where: ["down a storm drain", "in a taxi", "on top of the car, and drove off"],
      saviour: ["a chimney sweep", "two nuns", "a girl with a magnet on a string"],
      thanks: ["a cake in the shape of a key", "concert tickets", "a hug that was too long"]
    },
    `
A1 Today was one of those days. I lost {lost}, {where}.
B  Oh dear. Did you stand there in the rain?
A2 For an hour, until {saviour} came along and fished for it. With success!
B  There are still good people. Did you give a reward?
A3 I insisted on it: {thanks}.
---
A  I've lost an umbrella, a glove and my temper, all on the same day.
B  Only the last one is hard to find again. Shall I help you look?
---
B  Have you still got everything? You lose things when you're tired.
A  I've sewn a tag on all I have. {A.partner} wants one on me as well.
? What did {A} lose? <- 1
? Who helped {A} to recover the lost item? <- 2
? How did {A} thank the helper? <- 3
`
  )
]
