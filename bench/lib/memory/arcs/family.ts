import { arc } from "../script.js"

export const family = [
  arc(
    "sister's wedding",
    {
      place: [
        "a vineyard near Siena",
        "an old mill on the coast",
        "the botanical garden in Leeds",
        "a barn outside Galway"
      ],
      month: ["June", "September", "late April", "October"],
      dress: ["a green silk dress", "a navy suit", "something yellow", "a velvet jacket"],
      dance: ["a waltz", "salsa", "a ceilidh", "swing"]
    },
    `
A  Guess who rang me at [six in the morning|midnight|lunch]. {A.sister}! She could hardly speak, she was so excited.
B  Your sister? What happened, is everything all right?
A1 More than all right: [Tom finally proposed|she said yes to Tom], and they're getting married in {month}!
B  Oh, how lovely! Do they already know where the wedding will be?
A2 They have booked {place}. [I have only seen pictures, but it looks like a fairy tale.|About eighty people, nothing too big.]
B  That sounds perfect. Have you thought about what you'll put on?
A3 I tried on about a hundred things for the wedding and ended up with {dress}. My feet will hurt but I don't care.
---
A4 So the big day is over! The rain stopped ten minutes before, and then {A.sister} made everybody learn {dance}. [Even grandad joined in.|I have never laughed so much.]
B  Ha, I would have paid to see that. Did you have to give a speech?
A5 I did, and I cried after the second sentence. Somebody had to hand me a napkin and I read the rest from my phone.
---
B  I looked at the wedding pictures again. Your sister looks so happy in all of them.
A  Doesn't she? I've got one of everybody on the stairs framed in the hall.
---
A  {A.sister} asked me which song to pick for the wedding video.
B  Take the one they left the church to, obviously.
? When is {A}'s sister getting married? <- 1
? Where is the wedding of {A.sister} taking place? <- 2
? What is {A} going to wear at the wedding? <- 3
? Which dance did everybody have to learn at {A.sister}'s wedding? <- 4
? How did {A}'s speech at the wedding go? <- 5
? When and where does {A}'s sister get married? <- 1 2
`
  ),
  arc(
    "father moves in",
    {
      reason: ["he fell on the stairs again", "the house is far too large for one", "his eyesight is getting worse"],
      room: ["the study", "the attic room", "the room over the garage"],
      work: ["a postman", "a ship's carpenter", "a geography teacher", "a baker"],
      game: ["dominoes", "backgammon", "rummy", "cribbage"]
    },
    `
A  We've had [quite a week|a lot of talks at home]. It looks like there'll be one more of us soon.
B  Wait, are you expecting?!
A1 No, no! It's dad. He's going to come and live with us, because {reason}.
B  That is a big step. Do you have a room for your father?
A2 We're clearing out {room} for him. It gets the morning sun, he'll like that.
B  You're a good kid. What did he do before he retired?
A3 He was {work} for almost forty years. He still gets up at five, out of habit.
---
B  And how is it going with your father in the house?
A4 Better than I feared. Dad teaches the children {game} every evening and he cheats terribly.
B  That made me smile. They will remember it when they're old.
---
A  Dad has repaired the garden gate, nobody had asked him to.
B  It's good for him to have something to do. Does your father ever sit still?
---
B  Give my best to your dad. Does the family still eat at six sharp because of him?
A  On the dot! The children have set their stomachs by him.
? Why does {A}'s dad come to live with the family? <- 1
? Which room does {A}'s father get? <- 2
? What did {A}'s father do before he retired? <- 3
? Which game does {A}'s dad teach the children? <- 4
? What did {A}'s father do for work, and what does he do with the children now? <- 3 4
`
  ),
  arc(
    "first day of school",
    {
      fear: ["the big boys", "the school toilets", "forgetting the way home"],
      teacher: ["Mrs Osei", "Mr Lindqvist", "Ms Pereira", "Mrs Yamamoto"],
      subject: ["drawing", "gym", "sums", "break time"],
      bag: ["a rucksack with planets on it", "a dinosaur satchel", "her cousin's old red bag"]
    },
    `
A  I can't believe how fast time goes. {A.daughter} starts school on Monday!
B  Already? I still see her in that tiny sun hat. Is she looking forward to it?
A1 Mostly. She admitted at bedtime that she's scared of {fear}.
B  Poor thing. Does she have her things together?
A2 She picked {bag} for school and has not taken it off since, not even at dinner.
---
B  Tell me, how was the first week for the little one?
A3 She adores her teacher, {teacher}. It's all we hear about: what {teacher} said, what {teacher} wore.
B  Good teachers are worth gold. And what does she like best?
A4 {subject}, she says. [Nothing else counts.|I was the same at her age.]
---
A  {A.daughter} has her first day off school, a cough. She's furious that she misses it.
B  That won't last. Give it till the fourth year and she'll pray for a cough.
---
B  How does school suit the little one by now?
A  {A.daughter} can read every sign on the way, loudly. The teacher's pleased with her, I hear.
? What was {A.daughter} scared of before her first day at school? <- 1
? Which bag did {A}'s daughter pick for school? <- 2
? Who is the teacher of {A}'s daughter? <- 3
? What is {A.daughter}'s favourite part of the school day? <- 4
`
  ),
  arc(
    "a nephew is born",
    {
      name: ["Milo", "Arvid", "Caspian", "Ravi"],
      weight: ["barely two kilos", "almost five kilos", "three and a half kilos"],
      gift: ["a quilt made of old shirts", "a wooden mobile with whales", "a silver spoon", "a year of nappies"],
      city: ["Porto", "Gothenburg", "Cork", "Ljubljana"]
    },
    `
A  I'm an [uncle or aunt|relative of a brand-new human], whatever you call it, as of yesterday. {A.brother} has become a father.
B  Congratulations to all of you! Is it a nephew or a niece?
A1 A nephew, and they call him {name}. He weighed {weight} and has an enormous amount of hair.
B  When do you get to meet him?
A2 I have to wait till the holidays, since my brother's family lives in {city} now. They send me forty photos a day though.
B  Will you bring the baby a present?
A3 I've been working on it for weeks: {gift}. [He won't notice, but his mum will.|It took me ages.]
---
A  My brother sent a film of the baby sneezing. I've watched it nine times.
B  Aunts and uncles are the worst! Show me your nephew.
---
A  {A.brother} hasn't slept since the baby came. He put salt in his coffee, he writes.
B  Tell him that it gets better, in about eighteen years.
? What is the name of {A}'s nephew? <- 1
? Where does {A}'s brother live with the baby? <- 2
? What present does {A} have for the baby? <- 3
? How much did {A}'s nephew weigh? <- 1
? Where does {A}'s nephew live, and what is he called? <- 1 2
`
  ),
  arc(
    "grandmother's birthday",
    {
      age: ["eighty", "ninety", "eighty-five", "a hundred"],
      cake: ["poppy seed cake", "lemon tart", "her own honey cake", "a black forest gateau"],
      story: [
        "how she crossed the border hidden in a hay cart",
        "how she once danced with a famous tenor",
        "how she drove a tram in the war"
      ],
      wish: ["a ride in a hot-air balloon", "to see the sea once more", "a new accordion"]
    },
    `
A1 Sunday was gran's birthday, she's {age} now. The whole clan squeezed into her two rooms.
B  What a number! Is she still in good shape?
A  She beats everyone at cards, so yes. And of course she had baked herself, she doesn't let anyone else.
B  Let me guess, you had seconds.
A2 Thirds! {cake}, you can't say no to that.
B  Did she tell stories from the old days?
A3 Yes, and gran had a story that I had never heard: {story}. We all just sat there with open mouths.
B  You should write these down. What did she wish for?
A4 {wish}, if you please. We're all chipping in.
---
A  Gran rang to say thank you for the birthday, twice. She'd forgotten the first call.
B  Bless her. My grandmother used to do that, too.
---
B  I told everybody here the story about your gran. They loved it.
A  She'd be delighted. She wishes that she'd been a film star, you know.
? How old is {A}'s gran since her birthday? <- 1
? What had {A}'s grandmother baked for her birthday? <- 2
? What story of {A}'s gran was new to the family? <- 3
? What does {A}'s grandmother wish for? <- 4
? When was the birthday of {A}'s grandmother, and what did she bake? <- 1 2
`
  ),
  arc(
    "brother's business",
    {
      business: ["a bike repair shop", "a food truck for dumplings", "a brewery", "an escape room"],
      loan: ["four thousand", "ten thousand", "two and a half thousand"],
      trouble: ["the landlord doubled the rent", "his partner walked out", "the inspector found mice"],
      now: ["driving a school bus", "back at the insurance company", "teaching evening classes"]
    },
    `
A  {A.brother} has one of his ideas again. You know how he is.
B  Oh dear. What is it this time?
A1 He quit and is opening {business} with a friend from the army.
B  Brave! Is he asking the family for money?
A2 He did, and I lent my brother {loan}. I told {A.partner} it's an investment, {A.he} rolled {A.his} eyes.
---
B  By the way, how's your brother doing with his venture?
A3 He had to close it, I'm afraid. After {trouble} the business didn't last past the spring.
B  I'm sorry to hear it. And what is he up to these days?
A4 He's {now}. He says he sleeps well for the first time in a year.
---
B  Does your brother still have the friend from the army that he did business with?
A  They don't talk. A pity, really, they were inseparable.
---
A  {A.brother} wants to pay back what he owes, bit by bit.
B  Let him, it's good for his pride. Money between brothers is always tricky.
? What was {A.brother} opening with a friend from the army? <- 1
? How much money did {A} lend to the brother? <- 2
? Why did the business of {A}'s brother close? <- 3
? What does {A.brother} do for a living now? <- 4
? What was {A.brother}'s business, and what became of it? <- 1 3
? How did {A.brother} get from his business to what he does now? <- 1 3 4
`
  ),
  arc(
    "family reunion",
    {
      count: ["thirty-four", "fifty-one", "twenty-seven"],
      where: ["a campsite by the lake", "uncle Ferdi's farm", "a rented hall in Utrecht"],
      lost: ["aunt Hedwig's hearing aid", "the only key of the minibus", "a cousin's wedding ring"],
      found: ["in the potato salad", "in the pocket of a toddler", "under the barbecue"]
    },
    `
A  I'm still worn out from the weekend. Have you ever been to a reunion with everybody who shares your nose?
B  Only once, and I hid in the kitchen. How many came?
A1 {count} relatives, babies included. It was at {where}, thank goodness there was room to run.
B  Any drama?
A2 Just that {lost} went missing and we were all on our knees until dark.
B  Please tell me it turned up!
A3 It did, {found}. Nobody confessed.
---
A  Someone started a chat for the whole family after the reunion. My phone doesn't stop.
B  Mute it! I left mine after the third kitten.
---
A  The relatives want another gathering next year, imagine. I'm not hosting.
B  You'll be the one to host, I know your family.
? How many relatives came to the gathering of {A}'s family? <- 1
? Where did the reunion of {A}'s family take place? <- 1
? What went missing at {A}'s family reunion? <- 2
? Where was the missing thing finally discovered? <- 2 3
`
  ),
  arc(
    "son and the instrument",
    {
      first: ["the violin", "the trumpet", "the flute"],
      second: ["drums", "the cello", "the double bass", "the bagpipes"],
      piece: ["the theme of a pirate film", "a Bach minuet", "a Beatles song"],
      day: ["Tuesdays", "Thursdays", "Saturday mornings"]
    },
    `
A1 We've hired {first} for {A.son}. Half size, it's the sweetest thing. The sound, not so much.
B  Ha! My condolences to your ears. Does he practise?
A  Only when bribed with biscuits. His lessons are with a student round the corner.
---
B  Do you still get a concert every night?
A2 Not that one any more. {A.son} gave it back after the summer and begged for {second} instead.
B  Oh no. What do the people downstairs say?
A3 We made a deal: {A.son} may practise on {day}, when they are out. So far nobody has called the police.
---
A4 {A.son} had his first recital. He played {piece}, got stuck, started again and bowed three times.
B  What a star. You must have been so proud.
---
B  Is {A.son} musical on your side or on {A.partner}'s?
A  On {A.partner}'s, they all play something. I can't even clap in time.
---
A  {A.son} played for the whole school today, and the teacher wants him in the orchestra.
B  You'll be one of those parents with a camera in the first row.
? Which instrument did {A.son} learn first? <- 1
? What instrument does {A}'s son play now? <- 2
? On which day is {A.son} allowed to practise? <- 3
? What did {A.son} play at his recital? <- 4
? How did {A.son}'s choice of instrument change? <- 1 2
? Which instruments has {A.son} learnt so far? <- 1 2
`
  )
]
