import { arc } from "../script.js"

export const health = [
  arc(
    "the knee",
    {
      how: ["chasing the bus", "on the trampoline", "getting off a horse", "in the first minute of a football match"],
      verdict: ["a torn meniscus", "a stretched ligament", "a hairline crack"],
      weeks: ["six weeks", "a month and a half", "until the end of the term"],
      helper: ["the postwoman", "a boy from next door", "my mother-in-law"]
    },
    `
B  Are you limping on the video or is that the connection?
A1 It's me. I did something to my knee {how}. It's as big as a melon.
B  Ouch! Have you had it looked at?
A2 Yesterday, yes. The doctor pushed and pulled and said it's {verdict}.
B  How long until you can walk properly?
A3 {weeks} with crutches. On the third floor, with no lift, you can imagine.
B  Who does your shopping?
A4 {helper}, who just rang the bell and asked for a list. I could have cried.
---
A  I threw the crutches in the cellar today!
B  Hooray! Does your knee still hurt?
A5 Only on stairs, and when it's about to rain. I'm told that'll stay for a while.
---
B  My mother's getting a new knee on Tuesday. She's scared of the doctor.
A  The knee is nothing, tell her. The stairs afterwards, those hurt.
---
A  The doctor looked at my knee again and was content. I may cycle.
B  Good news! But slowly, please.
? How did {A} hurt the knee? <- 1
? What did the doctor say about {A}'s knee? <- 2
? For how long did {A} need crutches? <- 3
? Who did the shopping for {A} during the injury? <- 4
? When does {A}'s knee still cause pain? <- 5
? What happened to {A}'s knee, and how is it now? <- 1 2 5
`
  ),
  arc(
    "an allergy",
    {
      food: ["cashews", "celery", "shellfish", "kiwi"],
      place: ["at a christening", "in the middle of a job interview", "at a motorway restaurant"],
      carry: ["a little red pouch", "a pen in my sock", "a card in three languages"]
    },
    `
A1 I had quite a scare. My lips went numb {place} and then my throat got tight.
B  Good heavens! What was it?
A  They kept me overnight and did all sorts of tests.
B  And?
A2 I'm allergic to {food}. At my age! I've eaten them all my life.
B  So what now, do you have to be careful forever?
A3 Looks like it. I never leave home without {carry} now, in case it happens again.
---
A  I read every label now. The waiter sighs when I say that I'm allergic.
B  Let him sigh. Better than another night in hospital.
---
B  My boss says he's allergic to Mondays. I had to think of your scare.
A  I'd swap with him. My throat itches when I only read a menu.
? What is {A} allergic to? <- 2
? Where was {A} when those lips went numb? <- 1
? What does {A} never leave home without because of the allergy? <- 3
? How did {A} find out about the allergy? <- 1 2
`
  ),
  arc(
    "long run",
    {
      race: ["the half marathon in Ghent", "the forest run at midsummer", "a ten-kilometre race for the hospice"],
      why: ["in memory of my uncle", "because of a bet with my dentist", "to prove that I can finish something"],
      time: ["two hours and nine minutes", "fifty-eight minutes", "one hour forty"],
      cause: ["a children's ward", "the lifeboat crew", "a school in Malawi"]
    },
    `
A1 I've signed up for {race}. You're allowed to laugh.
B  I wouldn't dare! What got into you?
A2 I'm doing it {why}. And everybody who doubts it has to donate.
B  Count me in. Where does the money go?
A3 To {cause}. I've got four hundred together so far.
B  How's the training?
A  Every second day before breakfast. My legs have stopped talking to me.
---
B  I saw the picture with the medal! How did it go?
A4 It took me {time}. Not last, which was the whole plan.
B  And when's the next one?
A  Ask me when I can sit down again.
---
A  I went for a run this morning and was overtaken by a man with a pram.
B  Prams have wheels, it isn't fair. Will you sign up for a race again?
---
B  The money from your run was in the local paper, wasn't it?
A  With a photo in which I look like a boiled beetroot. Who took that?
? Which race has {A} signed up for? <- 1
? What motivated {A} to take up running? <- 2
? Where does the money from {A}'s run go? <- 3
? How fast was {A} in the race? <- 4
? Which race did {A} run, and how long did it take? <- 1 4
`
  ),
  arc(
    "bad sleep",
    {
      hour: ["three", "four", "half past two"],
      tried: ["warm milk", "counting backwards", "lavender in the pillow"],
      cure: ["getting rid of the clock", "a weighted blanket", "reading the tax code", "a fan that hums"]
    },
    `
A1 I look terrible, I know. I wake up at {hour} every night and that's it.
B  You poor thing. Is something on your mind?
A  The usual carousel. Money, mum, did I lock the car.
B  My aunt swears by tea. Have you tried anything?
A2 {tried}, for a fortnight. All it did was make me cross.
---
B  You look rested! Did you find something against it?
A3 I did, and it's so simple: {cure}. Seven hours of sleep last night.
B  I'll remember that.
---
A  Slept like a stone last night. I hardly dare to say it.
B  Touch wood! I woke up at every bell, so that you'd get some sleep.
---
B  Do you still wake up in the night sometimes?
A  Now and then, at full moon. I've tried not to mind.
? At what time does {A} wake up every night? <- 1
? What had {A} tried against bad sleep without success? <- 2
? What helped {A} to sleep through the night? <- 3
? What did {A} do about waking up at night? <- 1 2 3
`
  ),
  arc(
    "the dentist",
    {
      year: ["six years", "since school", "four years"],
      found: ["three holes", "a cracked molar", "a wisdom tree, as my son calls it"],
      calm: ["holds my hand and hums", "shows cartoons on the ceiling", "explains every tool like a magician"]
    },
    `
A1 Confession: I haven't been to a dentist for {year}. And now something's throbbing.
B  You have to go! I can give you the number of mine.
A  Would you? I break into a sweat just from the smell.
---
A2 So I went to that dentist, thanks to you. They found {found}, which is less than I deserve.
B  See, it wasn't so bad! How did you manage the fear?
A3 It's the assistant. She {calm}. I nearly fell asleep.
---
A  A reminder from the dentist in the post, and I didn't even sweat.
B  Look at you! I have to go to mine in June.
---
A  The dentist has hung up a picture of a shark in a chair.
B  That would calm me down. Or not.
? How long hadn't {A} been to a dentist? <- 1
? What did the dentist discover in {A}'s mouth? <- 2
? What does the assistant do to calm {A} at the dentist's? <- 3
? When did {A} finally go to the dentist, and what was found? <- 2
`
  ),
  arc(
    "no more coffee",
    {
      pain: ["my headaches", "my racing heart", "my shaky hands"],
      cups: ["seven", "nine", "five"],
      swap: ["roasted barley", "hot water with ginger", "cocoa", "green tea"],
      slip: ["on Christmas Eve", "after the night flight", "at the notary's"]
    },
    `
A1 The doctor asked how much coffee I drink, on account of {pain}. I said {cups} a day and she put down her pen.
B  {cups}! No wonder. So you're cutting down?
A2 I've stopped altogether and drink {swap} instead. Don't ask how the first week was.
B  I admire you. I'd bite people.
A  I did bite people. {A.partner} hid in the garden.
---
B  I'm putting the kettle on. Are you still off the stuff?
A3 I had one relapse, {slip}. One cup and I talked for three hours without a break.
---
A  The smell of coffee in the morning at the station nearly killed me.
B  Stay strong! I've had three cups today, if that's any comfort.
---
B  What do I serve when you come? I've only got coffee in the house.
A  Water's fine. Or whatever children drink.
? Why did {A} give up coffee? <- 1
? What does {A} drink instead of coffee? <- 2
? When did {A} have a relapse and drink coffee? <- 3
? How many coffees a day did {A} use to drink? <- 1
? Has {A} really stopped drinking coffee? <- 2 3
`
  ),
  arc(
    "a bad back",
    {
      cause: ["lifting the washing machine", "twenty years of bad chairs", "carrying the twins upstairs"],
      gym: ["a class for pensioners", "swimming at dawn", "tai chi in the park"],
      who: ["a former boxer", "a nun", "a lady of eighty-two"]
    },
    `
A1 My back's gone again. It's from {cause}, or so the physio thinks.
B  What does one do about it?
A2 Move, they all say. So I've joined {gym}.
B  How's that? I imagine it's rather peaceful.
A3 Hardly! The instructor is {who} and shows no mercy. I ache in places I didn't know I had.
B  As long as it helps.
A  Ask me in a month.
---
A  My back let me carry a whole crate of water today. I felt twenty again.
B  Don't overdo it! Backs have a long memory.
---
B  How's the class? Does your back like it?
A  The class likes itself mostly. But yes, I can tie my shoes.
? What caused {A}'s back trouble? <- 1
? What has {A} joined because of the bad back? <- 2
? Who is the instructor that shows {A} no mercy? <- 3
? What does {A} do for the back, and with whom? <- 2 3
`
  )
]
