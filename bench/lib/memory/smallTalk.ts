import { part } from "./script.js"

/** How an occasion begins. */
export const greetings = [
  "A  Hey {B}! It's been a while. How are you?\nB  Hi {A}! Can't complain, it's just been busy. And you?",
  "A  Good morning {B}, am I catching you at a bad time?\nB  Not at all, I've just sat down. What's up?",
  "A  {B}! I was thinking of you the other day.\nB  How funny, same here! Tell me everything.",
  "A  Hi there, can you hear me?\nB  Loud and clear. Good to see your face!",
  "A  Hello stranger! Where have you been hiding?\nB  Under a pile of laundry, mostly. It's lovely to hear from you.",
  "A  Evening {B}! I've got exactly one cup of tea's worth of time.\nB  Then let's not waste it. You first!",
  "A  Sorry that I missed your call on Sunday, {B}.\nB  Don't worry, I only wanted to chat. Now is perfect.",
  "A  How's my favourite person?\nB  Flattered, and a bit sleepy. Yourself?",
  "A  Hi {B}, happy Friday!\nB  Is it Friday? I've lost track completely, hi!",
  "A  Guess who's got the evening off.\nB  You? That calls for a long talk, then.",
  "A  Hey, thanks for the postcard, {B}, it's on the fridge!\nB  So it arrived after all! I was sure it had got lost.",
  "A  Brr, what weather! Are you warm over there?\nB  Two jumpers and a cat's worth of blankets. Hi {A}!",
  "A  {B}, quick, cheer me up.\nB  Oh dear, that sort of day? Come on, talk to me.",
  "A  I finally found a minute to write to you.\nB  And I finally found one to answer. How's everything?",
  "A  Knock knock, anybody home?\nB  Always for you, {A}! I was just about to text you.",
  "A  Hello hello! Did you survive the heat?\nB  Barely, I've been living off melon. How about you?",
  "A  Long week! I need a friendly voice, {B}.\nB  You've come to the right place. Shall I start or will you?",
  "A  Hi {B}, belated happy birthday!\nB  Thank you! I'm pretending that it didn't happen. How are things?",
  "A  You were right about everything, as usual.\nB  I like how this begins. About what, {A}?",
  "A  Are you sitting comfortably? I've got news.\nB  I'm all ears, I've put the phone on the shelf.",
  "A  Good to be back! Did I miss much?\nB  The usual. Everything and nothing. Hi {A}!",
  "A  Hey {B}, how did the week treat you?\nB  Like an old shoe. But it's over! And yours?"
].map(part)

/** How it ends. */
export const partings = [
  "A  I'd better run, the bus won't wait.\nB  Go, go! Talk soon, {A}.",
  "A  It's late, my eyes are closing.\nB  Sleep tight. This was nice!",
  "A  Thanks for listening, {B}, I needed that.\nB  Any time. You know where to find me.",
  "A  There's somebody at the door, I have to go.\nB  Say hello to everyone from me!",
  "A  Let's not leave it so long the next time.\nB  Deal. I'll put it in the calendar.",
  "A  My battery's at two percent, so bye in case I vanish.\nB  Bye {A}, charge that thing!",
  "A  Right, dinner won't cook itself.\nB  Bon appetit! Send leftovers.",
  "A  You always make me laugh. Take care, {B}.\nB  You too, and keep me posted!",
  "A  I can hear the little ones waking up.\nB  Good luck! We'll continue another day.",
  "A  Hugs to all of you.\nB  Same to yours. Bye for now!",
  "A  I'll tell you the rest next time.\nB  Such a cliffhanger! I'll hold you to it.",
  "A  Oh, look at the time!\nB  It flew. Till soon, {A}.",
  "A  Wish me luck for tomorrow.\nB  You won't need it, but fingers crossed anyway.",
  "A  I owe you a coffee for this.\nB  I'm keeping a list. Goodbye!",
  "A  The dishes are staring at me.\nB  Stare back. Ciao, {A}!",
  "A  Back to work, the break's over.\nB  Don't let them grind you down.",
  "A  Remind me to show you the pictures.\nB  I will. Have a good week, {A}!",
  "A  Let me know how it goes, will you?\nB  You'll be the first to know.",
  "A  I should let you go, you're yawning.\nB  It's not you, I promise. Good night!",
  "A  Same time next month?\nB  I wouldn't miss it for anything.",
  "A  So good to catch up, {B}.\nB  It made my day. Be well!",
  "A  That's my cue, see you.\nB  See you, {A}. Drive carefully."
].map(part)

/** What comes between. */
export const remarks = [
  "A  Can you hear that drilling? It's been like this since seven.\nB  A bit, yes. I thought it was my tooth.",
  "A  Is it raining where you are?\nB  Buckets. I've given up on my hair.",
  "A  I've been humming the same stupid jingle all day.\nB  Please don't, now I've got it too!",
  "A  Hang on, the kettle.\nB  Take your time, I'll look for my glasses.\nA  They're on your head, I can see them.",
  "A  Have you followed the news?\nB  I've stopped, it makes me anxious. Tell me only the nice bits.\nA  Then I've got nothing to say!",
  "A  Do you know anyone who needs a rabbit hutch?\nB  Not off the top of my head, but I'll ask around.",
  "A  I've got a recipe for you, remind me to send it.\nB  Is it the one with the apricots? Please do!",
  "A  I dreamt that we were late for a ship.\nB  What does that mean? Did we make it?\nA  I woke up on the gangway.",
  "A  Why does time go faster every year?\nB  Because each one's a smaller slice. I read that somewhere.",
  "A  They've closed the road again, did you notice?\nB  I went all the way round, through the industrial estate.",
  "A  What are you having for dinner?\nB  Whatever's left. You?\nA  Something with an egg on top.",
  "A  I can't find a thing since I tidied up.\nB  That's why I never do.",
  "A  Have you watched anything good lately?\nB  Just the first episode of something Danish. Too gloomy.",
  "A  Isn't the light beautiful at this time of the year?\nB  Yes, everything looks like an old painting.",
  "A  My phone has updated itself and I recognise nothing.\nB  Wait a day and you'll have forgotten how it was.",
  "A  I swear the days get shorter by an hour each.\nB  It's the grey. We need lamps, and soup.",
  "A  You've changed your hair!\nB  You're the first to notice. Is it too much?\nA  It suits you, really.",
  "A  Do you also get those calls about a parcel?\nB  Constantly. I told the last one that I'd moved to the moon.",
  "A  I'm trying to drink more water.\nB  Good plan. I'm trying to try.",
  "A  What's that noise behind you?\nB  The dishwasher, it's on its last legs."
].map(part)
