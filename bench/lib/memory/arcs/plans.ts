import { arc } from "../script.js"

export const plans = [
  arc(
    "moving to another city",
    {
      first: ["Edinburgh", "Munich", "Valencia", "Aarhus"],
      reason: ["{A.partner}'s new post", "the rents here", "being nearer to my parents"],
      second: ["Bristol", "Graz", "Nantes", "Bergen"],
      why: ["the school there said no", "we fell in love with a balcony", "the offer fell through"],
      day: ["the fourteenth of July", "the last weekend of May", "Candlemas"]
    },
    `
A1 We're thinking of leaving. {first}, probably, because of {reason}.
B  Don't say that! Who'll water my plants? When?
A  Next year, if at all. Nothing's been signed.
---
B  Have you started on {first}? I mean looking for flats.
A2 Change of plan: it's going to be {second}, since {why}.
B  That's even further! How do the children feel?
A3 {A.son} has stopped speaking to us. {A.daughter} has drawn a map of it with a dragon.
---
A4 We have a date for the move: {day}. The van's booked.
B  I'm coming to carry boxes, and to cry.
---
A  I've packed the first box for the move, with things that we've never used.
B  Leave them with me, I've got a cellar for such things. How's the plan?
---
B  I can't think of this city without you in it.
A  Don't, or I'll cancel the plan and stay. It's hard enough to leave.
? Which city did {A} first think of moving to? <- 1
? Why did {A} think of leaving? <- 1
? Where is {A} going to live after the change of plan? <- 2
? Why did {A}'s plan to move change? <- 2
? How do {A.son} and {A.daughter} take the move? <- 3
? On what date does {A} move? <- 4
? How did {A}'s plan to move change? <- 1 2
`
  ),
  arc(
    "surprise party",
    {
      whom: ["{A.partner}'s fortieth", "{A.friend}'s comeback from hospital", "our old headmaster's farewell"],
      where: ["a bowling alley", "a barge", "the church hall"],
      theme: ["everybody comes as a vegetable", "the eighties", "all in white"],
      leak: ["the baker rang the wrong number", "{A.son} talked in his sleep", "somebody replied to all"]
    },
    `
A1 Can you keep a secret? I'm organising a surprise party, for {whom}.
B  Like the grave. Where will you hide so many people?
A2 I've hired {where}. And there is a theme: {theme}.
B  I've got nothing to wear for that!
---
B  So, was the face worth it?
A3 It would have been, only {leak}, two days before. Nobody was surprised but me.
B  Oh, that's so typical. But you had fun?
A  We sang until the caretaker switched off the lights.
---
A  Somebody has invited me to a party on Saturday and won't say whose.
B  That's a revenge surprise! Wear something nice, in any case.
---
B  You should hire yourself out for parties. People still talk about yours.
A  Never again! I can't keep a secret, and nor can anyone in this house.
? Whom did {A} throw a surprise party for? <- 1
? What has {A} hired for the surprise party? <- 2
? What is the theme of {A}'s party? <- 2
? How was the secret of the party revealed? <- 3
? For whom was {A}'s surprise party, and why was it no surprise? <- 1 3
`
  ),
  arc(
    "no more meat",
    {
      trigger: ["a documentary about pigs", "a bet with {A.daughter}", "my cholesterol"],
      miss: ["bacon", "my mum's meatballs", "smoked eel"],
      dish: ["lentil moussaka", "beetroot burgers", "a curry with jackfruit"],
      exception: ["fish on Fridays", "Christmas goose", "whatever my aunt serves"]
    },
    `
A1 I've become a vegetarian. Five weeks now. It started with {trigger}.
B  You, the king of the barbecue? What do you miss most?
A2 {miss}. I walk past the butcher's with my nose in my scarf.
B  Come over, I'll cook for you. What's good?
A3 My standard's {dish}. Even {A.partner} asks for it.
---
B  May I ask, still green?
A4 With one exception: {exception}. I'm human.
---
A  Somebody offered me a sausage at the match, and I said no, like a saint.
B  A vegetarian at a match! Did they let you live?
---
B  What do I cook for a vegetarian on Sunday? Without meat I'm lost.
A  Anything that's never had a face. I'm easy, I like it all.
? What made {A} become a vegetarian? <- 1
? Which food does {A} miss as a vegetarian? <- 2
? Which meatless meal does {A} like to make? <- 3
? What exception does {A} allow in the diet? <- 4
? Does {A} eat any meat or fish at all? <- 1 4
`
  ),
  arc(
    "learning a language",
    {
      language: ["Portuguese", "Welsh", "Korean", "Finnish"],
      why: ["the family of {A.partner}", "a soap opera I can't stop watching", "a headstone I want to read"],
      method: ["stickers on everything", "an app with an angry bird", "an old lady I pay in soup"],
      blunder: [
        "I told a waiter that I was pregnant",
        "I ordered a bicycle instead of a beer",
        "I congratulated a widow"
      ]
    },
    `
A1 Say something to me in {language}! I'm learning it, three months already.
B  Why that of all languages?
A2 It's because of {why}. I don't want to nod and smile forever.
B  And how do you go about it?
A3 With {method}. It's humbling.
---
A4 I used it for the first time in the wild, and {blunder}.
B  I'm crying with laughter. Did they understand?
A  They were very kind. That's the worst.
---
A  I've learnt the word for snail today. I don't know when I'm going to use it.
B  One never knows! Is it a beautiful language?
---
B  How many words do you know by now, with all that learning?
A  Enough to be polite and not enough to be funny. That's hard for me.
? What language is {A} learning? <- 1
? For what reason is {A} learning a foreign language? <- 2
? What method does {A} use to learn vocabulary? <- 3
? What happened when {A} used the new language for the first time? <- 4
`
  ),
  arc(
    "volunteering",
    {
      where: ["the soup kitchen", "the hospital radio", "a refugee home", "the mountain rescue"],
      when: ["every other Saturday", "Tuesday nights", "the first Sunday of the month"],
      met: ["a man who had been a violinist", "a woman with nine languages", "a boy who collects keys"],
      gave: ["an old scarf", "a proverb", "a drawing of me"]
    },
    `
A1 I didn't want to make a fuss of it, but I help out at {where} now, {when}.
B  Good for you! I keep saying that I should. How did you get into it?
A2 {A.friend} took me along once. I haven't missed a shift since.
B  Is it hard?
A3 Some days. But then you meet people. Last time there was {met}, and we talked for an hour.
B  That stays with you.
A4 I was given {gave} when I left. It's on my wall.
---
A  We were four to help out last time, and a hundred came.
B  That's a lot. Do people ever say thank you?
---
B  I'd like to come along and help out, if they take me.
A  They take everybody with two hands. You'd meet the whole world there.
? Where does {A} help out? <- 1
? How often does {A} help out? <- 1
? Who took {A} along to help out for the first time? <- 2
? What people does {A} meet while helping out? <- 3
? What does {A} have on the wall from helping out? <- 4
? When does {A} help out, and who else goes there? <- 1 2
`
  ),
  arc(
    "a podcast",
    {
      about: ["unsolved art thefts", "soup", "failed inventions", "people who collect things"],
      cohost: ["{A.brother}", "{A.mate}", "{A.colleague}"],
      number: ["eleven listeners", "two hundred and six subscribers", "more reviews than listeners"],
      guest: ["a safe-cracker", "the minister for fishery", "my own mother"]
    },
    `
A1 We've launched a podcast! It's all about {about}.
B  Who is we?
A2 {cohost} and me, under a duvet, with one microphone.
B  I'll subscribe at once. Does anybody listen?
A3 So far it's {number}. One of them is in Peru!
---
B  I heard the new episode, it's getting really good!
A4 Thank you! For the next one we've booked {guest}. I'm terrified.
---
A  I've listened to our first episode of the podcast again. Why did nobody stop me?
B  Everyone starts like that. How many episodes are there by now?
---
B  My father has asked what a podcast is. I played him yours.
A  A listener more! What did he say?
? What is {A}'s podcast about? <- 1
? Who makes the podcast together with {A}? <- 2
? How many listeners does {A}'s podcast have so far? <- 3
? Who is booked for the next episode of {A}'s podcast? <- 4
`
  ),
  arc(
    "saving up",
    {
      goal: ["a grand piano", "a year in Argentina", "a sauna in the garden", "a telescope"],
      jar: ["every two-euro coin", "what I don't spend on cigarettes", "half of each bonus"],
      amount: ["eight hundred", "two thousand three hundred", "almost five thousand"],
      spent: ["the boiler", "{A.daughter}'s braces", "a flood in the cellar"]
    },
    `
A1 I've got a jar on the fridge, and nobody may touch it. It's for {goal}.
B  What goes into it?
A2 {jar}. There's {amount} in it already.
B  Then I'm paying for the ice cream today.
---
A3 The jar's empty. It all went into {spent}.
B  Oh no, your dream! I'm so sorry.
A  It's only postponed. I've put in the first coin again.
---
A  The jar on the fridge fell down and didn't break. I take it as a sign.
B  A sign to put something into it! I've got a coin for you.
---
B  I've copied your idea with the jar. Mine's for a new fridge, oddly.
A  Then put the jar on something else, or it'll be offended.
? What is the jar on {A}'s fridge for? <- 1
? What goes into {A}'s jar? <- 2
? What did everything in {A}'s jar go into? <- 3
? How much was in {A}'s jar already? <- 2
? What did {A} save for, and what was it spent on? <- 1 3
`
  ),
  arc(
    "resolutions",
    {
      first: ["call my mother each Sunday", "write a letter a week", "swim in every lake of the county"],
      second: ["no screens after nine", "no new clothes", "one poem by heart each month"],
      failed: ["by the sixth of January", "in March", "the same evening"],
      kept: ["she's delighted", "I'm at number thirty", "people have noticed"]
    },
    `
B  Do you do resolutions? I gave up on them.
A1 Two this year. One is to {first}.
B  I like that. And the other?
A2 {second}. {A.partner} has put money on my failing.
---
B  Half the year's over, so let's hear: how's it going with your good intentions?
A3 The second one I broke {failed}. But the first I keep, and {kept}!
B  Fifty percent, that's far above the average.
---
A  I've already got a resolution for the next year: not to make any.
B  The second half of the year is the hard one, I find.
---
B  {A.partner} told me to ask after your resolutions. I'm not sure why.
A  There's money in it for one of us. Say that I'm doing brilliantly.
? What are {A}'s two New Year's resolutions? <- 1 2
? When did {A} break the second resolution? <- 3
? Which promise for the year does {A} still keep? <- 1 3
? How did {A}'s resolutions go? <- 1 2 3
`
  )
]
