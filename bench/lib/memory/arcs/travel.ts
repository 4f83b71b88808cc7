import { arc } from "../script.js"

export const travel = [
  arc(
    "walking holiday",
    {
      range: ["the Dolomites", "the Tatras", "the Lake District", "the Pyrenees"],
      days: ["nine days", "five days", "two weeks"],
      animal: ["a marmot", "a very rude goat", "an eagle owl", "a herd of ponies"],
      stole: ["ate my sandwich", "followed us to the hut", "sat on my rucksack"]
    },
    `
A1 We're back from {range}! {days} on foot, from hut to hut, and not a single blister.
B  You look like a different person. Who was with you?
A2 {A.friend} and her cousin. She snores, but she can read maps, so we forgave her.
B  What was the best moment?
A3 Probably the morning when {animal} {stole}. I've got it all on film.
B  I want to see that! Would you do it again?
A  Tomorrow, if my feet agree.
---
A  {A.friend} wants to walk the whole coast with me next year.
B  All of it? Your feet will sue you. But what a holiday!
---
A  I found a stamp from the hut in my rucksack and got homesick for the mountains.
B  You'll be back there. The mountains don't run.
? In which mountains did {A} walk from hut to hut? <- 1
? Who accompanied {A} on the walking holiday? <- 2
? Which animal did {A} meet in the mountains? <- 3
? How long did {A} walk from hut to hut? <- 1
? When was {A} in the mountains, and with whom? <- 1 2
`
  ),
  arc(
    "a flight is cancelled",
    {
      goal: ["Crete", "Marrakech", "Iceland", "the Azores"],
      why: ["a strike", "volcanic ash", "a bird in the engine"],
      instead: ["a houseboat in Friesland", "my cousin's place in the Black Forest", "a cabin in Wales"],
      best: ["the quietest week of my life", "better than any beach", "the most rain I have ever seen"]
    },
    `
A1 Two more weeks and then it's {goal}! I have started to pack, in my mind.
B  Lucky you. First proper holiday in ages, isn't it?
A  Three years. I'm going to lie down and not get up.
---
B  I thought you'd be lying in the sun by now?
A2 So did I. We sat at the airport for eleven hours, and then they cancelled our flight because of {why}.
B  No! Did you just go home?
A3 {A.partner} got on the phone and by the evening we had {instead}. With the wrong clothes.
B  And was it any good?
A4 Honestly? It was {best}.
---
A  The airline has sent us a voucher for the cancelled flight. For a holiday before Friday.
B  They've got nerve. Frame it!
---
B  Are you going to try the flight again for the next holiday?
A  {A.partner} wants to go somewhere that one reaches on foot.
? Where had {A} originally wanted to go on holiday? <- 1
? Why was {A}'s flight cancelled? <- 2
? What did {A.partner} get on the phone for the holiday? <- 3
? What did {A} think of the replacement holiday? <- 4
? How did {A}'s holiday plans change? <- 1 3
`
  ),
  arc(
    "camping with children",
    {
      where: ["by a reservoir", "in the dunes", "behind an old castle"],
      forgot: ["the tent poles", "every single spoon", "the sleeping bag of the youngest"],
      solution: ["slept in the car", "ate soup out of mugs", "borrowed from a scout troop"],
      sky: ["shooting stars", "a lunar eclipse", "glow-worms"]
    },
    `
A1 We took the kids camping {where} for the long weekend. Their first time in a tent.
B  How did it go? Any tears?
A2 Only mine, when I noticed that we'd left {forgot} at home.
B  Typical! What did you do?
A3 We {solution}. The children thought that it was all part of the plan.
B  That is how memories are made.
A4 At night we lay on our backs and saw {sky}. {A.daughter} whispered so as not to scare them.
---
A  The kids have put up the tent in the garden and sleep there at night.
B  You've created something there. Do you have to camp with them?
---
B  We're thinking of going camping, too. What does one need?
A  Patience, and kids who like rain. The rest you leave at home anyway.
? Where did {A} take the kids camping? <- 1
? What had been left at home when {A} went camping? <- 2
? How did {A} cope without the forgotten gear? <- 3
? What did {A}'s family see at night when camping? <- 4
? What went wrong when {A} went camping, and what did they do? <- 2 3
`
  ),
  arc(
    "a weekend in a city",
    {
      city: ["Vienna", "Krakow", "Antwerp", "Seville"],
      museum: ["a museum of broken clocks", "an exhibition of maps", "a gallery in a former slaughterhouse"],
      ate: ["plum dumplings", "fried aubergine with honey", "a sandwich as long as my arm"],
      bought: ["an umbrella with a duck's head", "a tin of saffron", "prints of old trams"]
    },
    `
A1 {A.partner} surprised me for our anniversary: a weekend in {city}. I only found out at the station.
B  How romantic! Mine gives me socks. What did you see?
A2 We spent a whole afternoon in {museum}. They had to throw us out.
B  And the food? You always tell me about the food.
A3 {ate}, from a stall, standing in the drizzle. I dream of it.
B  Did you bring back a souvenir?
A4 Just {bought}. Completely useless and I love it.
---
A  {A.partner} has put our city pictures in an album, for next anniversary.
B  That's sweet. You should spend every weekend like that.
---
A  We cooked what we ate in the city, and it wasn't the same without the drizzle.
B  It never is. Food needs its city, like wine.
? Where did {A} celebrate the anniversary? <- 1
? Where did {A} spend a whole afternoon in the city? <- 2
? What did {A} say about the food in the city? <- 3
? What souvenir did {A} bring back? <- 4
? What did {A} see and eat on the anniversary weekend? <- 2 3
`
  ),
  arc(
    "night train",
    {
      from: ["Zagreb", "Palermo", "Bucharest", "Stockholm"],
      neighbour: ["a retired conductor", "a magician with two doves", "a student of theology"],
      taught: ["to knit", "a card trick", "the names of the stars"],
      late: ["five hours", "half a day", "ninety minutes"]
    },
    `
A1 I've finally done it, I took the sleeper to {from}. Childhood dream, ticked off.
B  Could you sleep at all?
A  Not a wink, but not because of the wheels.
B  Why then?
A2 In the bunk under me was {neighbour}. We talked until it got light.
B  The best sort of stranger. About what?
A3 About everything. And I was taught {taught}! I've forgotten half of it.
B  Was it on time at least?
A4 {late} late. For once I wished it'd been more.
---
A  They want to close the night train, I read it today. I've signed against it.
B  Sign for me, too! One can't take the sleeper from everybody.
---
B  I took a train at night, because of you, and shared with a man who ate fish.
A  Then you were just unlucky with your bunk. Try again.
? Where did {A} go with the sleeper? <- 1
? Who was in the bunk under {A}? <- 2
? What was {A} taught on the night train? <- 3
? How late was {A}'s train? <- 4
? When did {A} take the night train, and who was there? <- 1 2
`
  ),
  arc(
    "lost suitcase",
    {
      went: ["Manila", "Helsinki", "Casablanca", "Bogota"],
      inside: ["the only copy of my manuscript", "my mother's earrings", "the shoes for the funeral"],
      back: ["nine days later", "on the morning of our departure", "after I'd given up"],
      wore: ["a waiter's jacket", "hotel slippers", "a football shirt from a petrol station"]
    },
    `
A1 You know those people who wait at the belt until it stops? That was me. My suitcase went to {went}.
B  Oh no! Was there anything valuable in it?
A2 Clothes, mostly. And {inside}, that's what made me panic.
B  What did you wear?
A3 {wore}. There are photographs, and you shall never see them.
B  Did you ever get it back?
A4 {back}, with a sticker from every continent. Nothing was missing.
---
A  I've bought a belt for the suitcase, with pink dots, so that it's never lost again.
B  It'll go to the moon and everyone will know whose it is.
---
B  Do you pack differently since the thing with the suitcase?
A  Everything valuable goes in my pockets. I rattle.
? Where did {A}'s suitcase go? <- 1
? What valuable thing was in {A}'s suitcase? <- 2
? What did {A} wear without the suitcase? <- 3
? When did {A} get the suitcase back? <- 4
? When did {A}'s suitcase come back, and from where? <- 1 4
`
  ),
  arc(
    "at sea",
    {
      boat: ["a two-master", "a borrowed dinghy", "a converted fishing boat"],
      water: ["the Ionian Sea", "the Frisian coast", "Lake Constance", "the Hebrides"],
      sick: ["{A.partner} was seasick from the first minute", "I hung over the rail for a day", "the cook fell ill"],
      saw: ["dolphins", "a waterspout", "a seal with a pup"]
    },
    `
A1 Greetings from somebody with wobbly legs! We spent the week on {boat}.
B  I didn't know that you could sail?
A2 I can't. {A.mate} has the licence, I was in charge of potatoes. We went all around {water}.
B  Sounds heavenly. Nobody ill?
A3 Well, {sick}. After that it was fine.
B  Any wildlife?
A4 On the last evening, {saw}, so near that I could have touched it.
---
A  {A.mate} wants to buy a boat now. A whole one.
B  Boats eat money, tell him. Borrow one for a week, like the last time.
---
A  I still dream of the evenings on that boat. I wake up and the bed's too still.
B  You could rock it. Or take lessons and sail yourself.
? On which boat did {A} spend the week? <- 1
? Which waters did {A} sail? <- 2
? Who had the sailing licence on {A}'s trip? <- 2
? Who got sick on board with {A}? <- 3
? What did {A} see on the last evening at sea? <- 4
? When was {A} on the boat, and who sailed it? <- 1 2
`
  ),
  arc(
    "an exchange student",
    {
      guest: ["Yuki from Japan", "Mateus from Brazil", "Ingrid from Norway", "Thabo from South Africa"],
      odd: ["that we eat bread in the evening", "how early the shops close", "that nobody takes their shoes off"],
      dish: ["a soup with eleven ingredients", "cinnamon buns", "a stew that burns twice"]
    },
    `
A1 We've got a guest till spring: {guest}, sixteen years old, through {A.son}'s school.
B  That's generous of you! Do you manage with the language?
A  With hands and feet, and {A.son} suddenly knows vocabulary.
B  What surprises a young person about our country?
A2 The strangest thing, apparently, is {odd}. We had a long talk about that.
---
A3 Our visitor cooked for all of us yesterday: {dish}. I've never seen {A.son} do the dishes without being asked.
B  Then keep that guest for good!
A4 I wish. The flight home's on the ninth, and nobody at our table mentions it.
---
A  Our guest writes to {A.son} every day, the school has asked for a report.
B  That's a friendship for life. Would you take another student?
---
A  The room of our student is empty, and nobody wants to have it.
B  I know that feeling. Is there a return visit to the country?
? Where is the guest in {A}'s house from? <- 1
? What surprised {A}'s guest about the country? <- 2
? What did the exchange student cook for {A}'s family? <- 3
? When does {A}'s guest fly home? <- 4
? How old is the guest from {A.son}'s school? <- 1
`
  )
]
