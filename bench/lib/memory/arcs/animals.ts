import { arc } from "../script.js"

export const animals = [
  arc(
    "a dog from the shelter",
    {
      name: ["Biscuit", "Olga", "Pepper", "Professor"],
      breed: ["a three-legged terrier", "some sort of greyhound", "half poodle, half doormat"],
      fear: ["umbrellas", "the hoover", "men with hats"],
      trick: ["opens the fridge", "rings the doorbell", "brings me the wrong slipper"],
      vet: ["swallowed a battery", "ate a whole candle", "got a thorn in the paw"]
    },
    `
A  There's been a change in our household. Hear that?
B  Is that barking? You didn't!
A1 We did! This is our new dog {name}, {breed}, straight from the shelter.
B  How old?
A2 About four, they guess. Somebody tied the poor soul to a lamp post.
B  People are horrible. Is it settling in all right?
A3 Yes, apart from a terrible fear of {fear}. Then it's under the bed for an hour.
---
B  And the furry member of the family?
A4 Too clever for us. Last week: {trick}. We've had to put up a hook.
---
A5 We've spent the night at the vet's. {name} {vet}.
B  No! Is everything all right now?
A  Sleeping like a log, and my bank account is too.
---
A  The dog ate my sandwich, right off the plate, and looked me in the eye.
B  A dog with character. Was it at least a good sandwich?
---
B  Can the dog come with you when you visit?
A  The dog comes everywhere, that's what the shelter says a dog needs.
? What is the name of {A}'s dog? <- 1
? What breed is {A}'s dog from the shelter? <- 1
? What does {A}'s dog fear? <- 3
? Which trick has {A}'s dog picked up? <- 4
? Why did {A} have to see a vet at night? <- 5
? How old was the animal when {A} took it in? <- 2
? When did {A} get the dog, and how old was it? <- 1 2
`
  ),
  arc(
    "an old cat",
    {
      name: ["Mitzi", "Admiral", "Dumpling", "Ptolemy"],
      age: ["nineteen", "seventeen", "twenty-one"],
      ill: ["kidneys", "thyroid", "teeth"],
      food: ["only eats from a spoon", "gets a pill in liver sausage", "has a diet that costs more than ours"],
      spot: ["on the modem", "in the bread basket", "on top of the piano"]
    },
    `
B  You sound tired. Is it the cat again?
A1 Yes. {name} is {age}, you know, and now it's the {ill}.
B  Oh, I'm sorry. Can anything be done?
A2 There is medicine. And so my royal highness {food}.
B  At least there is love in that house.
A3 And warmth: the favourite place is {spot}. We've given up arguing.
---
A4 {name} passed away on Thursday, in my lap. It was peaceful.
B  I'm so sorry. Such a companion for so long. How do the kids take it?
A5 {A.daughter} has buried the mouse on a string along with her, under the pear tree.
---
A  I keep thinking that I hear the cat at night. It's the boiler.
B  They stay with you for a while. Ours did, too. Will you have another cat?
---
B  I saw a cat on a wall that was the image of yours.
A  Old and offended? It's the best kind of cat.
? What is wrong with {A}'s old cat? <- 1
? Which is the favourite place of {A}'s cat? <- 3
? When did {A}'s cat die? <- 4
? Where is {A}'s cat buried? <- 5
? How is the sick cat being fed? <- 2
? How old was {A}'s cat, and when did it die? <- 1 4
`
  ),
  arc(
    "a hamster escapes",
    {
      name: ["Sir Nibbles", "Turbo", "Mrs Fluff"],
      days: ["four days", "eleven days", "a whole weekend"],
      found: ["inside the sofa", "in {A.partner}'s slipper", "in the flat downstairs"],
      lure: ["a trail of sunflower seeds", "a flour path for footprints", "a tower of books with cheese"]
    },
    `
A1 Drama! {A.son}'s hamster, {name}, has been missing for {days}.
B  Poor boy! How does one catch a hamster?
A2 We've set up {lure}. I never thought that I'd spend my evenings like that.
---
B  What about the runaway?
A3 Home again! He was {found}, twice as fat as before.
B  I bet your son was over the moon.
---
A  {A.son} has built the hamster a castle, so that there's no reason to leave.
B  Every hamster dreams of freedom. Is the castle locked?
---
B  My sister's kids want a pet now. A hamster, of all things.
A  Lend them {A.son} for a weekend. He'll explain what it means.
? What is the hamster of {A.son} called? <- 1
? What did {A} set up to catch the hamster? <- 2
? Where was {A.son}'s pet found? <- 3
? When did {A.son}'s hamster escape, and where was it? <- 1 3
`
  ),
  arc(
    "bees",
    {
      count: ["two hives", "a single hive", "five hives"],
      place: ["on the roof of the school", "behind the vicarage", "at the end of the orchard"],
      sting: ["on the eyelid", "eleven times in one afternoon", "in the ear"],
      honey: ["sixteen kilos", "three jars", "a bucketful"]
    },
    `
A1 I keep bees now! {count}, {place}. I've got the hat and everything.
B  You're full of surprises. Who taught you?
A2 {A.neighbour}, who is ninety and does it without gloves.
B  Been stung yet?
A3 Of course. {sting}. I looked like a boxer for a week.
---
A4 First honey of the year! It came to {honey}, and it tastes of lime trees.
B  I'll trade you for plum jam.
---
A  The bees were so loud today that I sat down next to them and listened.
B  And nobody stung you? I'd have run to the sea.
---
A  {A.neighbour} says that the bees know when it'll rain.
B  Mine's a knee for that. How much honey do they keep for themselves?
? Where does {A} keep the bees? <- 1
? Who taught {A} to keep bees? <- 2
? Where or how often was {A} stung by the bees? <- 3
? How much honey did {A} get this year? <- 4
`
  ),
  arc(
    "the neighbour's dog",
    {
      name: ["Brutus", "Duchess", "Elvis"],
      noise: ["howls at church bells", "barks at the moon", "sings along with ambulances"],
      peace: ["I sit for it on Fridays", "we exchanged keys", "I knit it a coat"]
    },
    `
A1 {A.neighbour} has a dog now, a huge thing named {name}. And it {noise}.
B  Every night? Have you said something?
A  Twice. The answer was that it is musical.
---
A2 You won't believe what has become of me and that beast next door: {peace}.
B  From enemies to friends! It's like a film.
---
A  The dog next door has a sore throat. It's so quiet that I can't sleep.
B  You miss it! Bring it some soup.
---
A  {A.neighbour} thinks of a second dog, to keep the first one company.
B  A choir, then! You'd better move.
? What is the dog of {A.neighbour} called? <- 1
? What does the dog of {A.neighbour} do that annoys {A}? <- 1
? How did {A} make peace with the dog next door? <- 2
`
  ),
  arc(
    "hens",
    {
      number: ["three", "six", "a dozen"],
      breed: ["Orpingtons", "Silkies", "old battery hens"],
      fox: ["on the very first night", "when the door froze", "while we were at the theatre"],
      left: ["just one", "all but two", "the smallest"]
    },
    `
A1 We have hens! {number} of them, {breed}. {A.daughter} has given names to all.
B  So no more shop eggs. Is it much work?
A2 An hour a day, and {A.partner} has built them a palace with a green roof.
---
A3 Bad news from the coop. The fox came {fox}.
B  Oh no. All of them?
A4 The survivors: {left}. She follows me everywhere now, even into the kitchen.
---
A  One of the hens has laid an egg with two yolks. We all stood round the pan.
B  Simple pleasures! Do they lay in winter, too?
---
B  Do the hens come when you call?
A  The hens come when {A.partner} calls. For me they come when I rustle.
? How many hens does {A} have? <- 1
? What breed are {A}'s hens? <- 1
? Who built the palace for {A}'s hens? <- 2
? When did the fox come to {A}'s hens? <- 3
? Which of {A}'s hens survived the fox? <- 4
? How many hens did {A} have before and after the fox? <- 1 4
`
  )
]
