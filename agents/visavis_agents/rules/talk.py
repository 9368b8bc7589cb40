"""Greetings, thanks, who is speaking here, and how the other one is: said the same way by everybody."""

from __future__ import annotations

import re

from visavis_agents.rules.kinds import Call, Repeat, Route, Rule, Say, rule, say

ABOUT, CAN = "{about}", "{abilities}"  # what the role says of itself
ANOTHER_JOKE = re.compile(
    r"^(?:(?:tell me |give me |say )?(?:one more|another(?: one| joke)?|a (?:different|better|new) (?:one|joke))|again|more)$"
)


def followed_up(text: str, before: str) -> Route:
    """ "How are you?" answered: the answer deserves more than a blank look."""
    if not before.endswith(WELL):
        return None
    if re.match(
        r"^(?:i am |i feel |i am doing |doing )?(?:pretty |very |quite |really )?(?:fine|good|well|great|ok|all right|alright|not bad|not too bad|wonderful|excellent)(?: (?:too|as well|thanks|thank you|today))*$",
        text,
    ):
        return Say("I'm glad to hear that. What can I do for you?")
    if re.match(
        r"^(?:i am |i feel |i am doing )?(?:not (?:so |very |too |that )?(?:good|well|great)|(?:a bit |a little |so |very |quite )?(?:bad|tired|sad|terrible|awful|sick|ill))(?: (?:today|to be honest|really))*$",
        text,
    ):
        return Say("I'm sorry to hear that. Do you want to tell me about it?")
    return None


WELL = "I'm well, thank you. How are you?"
_END = r"(?: (?:vis|there|my friend|everyone|everybody|again|to you(?: too)?|today|computer|assistant))*$"

RULES: tuple[Rule, ...] = (
    say(rf"^(?:hello|hi|hey|hiya|howdy|greetings|good day|hello hello|hi hi|yo){_END}", "Hello! How can I help you?"),
    say(rf"^good morning{_END}", "Good morning! How can I help you?"),
    say(rf"^good afternoon{_END}", "Good afternoon! How can I help you?"),
    say(rf"^good evening{_END}", "Good evening! How can I help you?"),
    say(r"^(?:hey |hi |hello )?vis$", "Yes? I'm listening."),
    say(
        rf"^how (?:are|is|have) (?:you|things|everything|it going|life|you been|your day)(?: (?:doing|feeling|going|been|so far|this (?:morning|evening|afternoon)))*{_END}|^how do you (?:do|feel)(?: today)?$|^(?:are you|you) (?:ok|well|all right|alright|fine)(?: today)?$|^what is up$",
        WELL,
    ),
    say(r"^(?:and )?(?:you|yourself|how about you|what about you|and yourself)$", "I'm well, thank you for asking."),
    say(
        r"^(?:it is |it was )?(?:so )?(?:nice|good|great|lovely|pleased|pleasure|glad) (?:to |)(?:meet(?:ing)?|see(?:ing)?|talk(?:ing)? (?:to|with)) you(?: (?:too|vis|as well|again))*$",
        "Nice to meet you, too.",
    ),
    say(
        r"^(?:ok |great |cool |perfect |good |alright )*(?:thanks|thank you|many thanks|thank you kindly|cheers|thank)(?: (?:very much|so much|a lot|vis|for (?:your|the|that|this) ?\w*|for (?:helping|everything|asking|telling) ?(?:me|you)?|again|very|much|you|that is (?:all|it|great|very kind|helpful)|a bunch|indeed))*$",
        "You're welcome.",
    ),
    say(
        r"^(?:that is all|that will be all|nothing else|no that is (?:all|it|everything)|i am done|no thanks|no thank you|nothing thanks|no nothing)(?: (?:thanks|thank you|for today|vis))*$",
        "All right. Just talk to me when you need something.",
    ),
    say(
        r"^(?:ok |well )?(?:good ?bye|bye|bye bye|by by|see you|see you (?:later|soon|tomorrow|around)|so long|farewell|i have to go|i need to go|i am leaving|talk to you later|take care|have a (?:nice|good|great) (?:day|evening|one|weekend|night))(?: (?:vis|bye|thanks|thank you|now|everyone|then))*$",
        "Goodbye! It was nice talking with you.",
    ),
    say(r"^good ?night(?: vis)?$|^sleep well$", "Good night! Sleep well."),
    say(
        r"^(?:i am |so |very |really )*sorry(?: (?:about that|vis|for that|my (?:fault|mistake)))*$|^(?:my bad|excuse me|pardon me)$",
        "No problem at all.",
    ),
    say(
        r"^(?:well done|good job|great job|very good|great|perfect|excellent|awesome|amazing|wonderful|nice|cool|good (?:answer|one)|that is (?:great|perfect|right|correct|good|wonderful|nice|cool|awesome|very (?:nice|good|kind))|you are (?:right|great|good|nice|very (?:nice|kind|good|smart|clever|helpful)|so (?:nice|kind|smart|helpful)|amazing|awesome|the best|smart|clever|funny|helpful)|i like you)(?: (?:vis|thanks|thank you|job|work))*$",
        "Thank you, that's kind of you.",
    ),
    say(
        r"^i love you(?: (?:vis|too|so much))*$|^(?:will you )?marry me$|^(?:do you )?love me$",
        "That's sweet of you. I'm a program, but I do enjoy our talks.",
    ),
    say(
        r"^(?:you are |you|that is |that was )(?:stupid|dumb|useless|an idiot|bad|terrible|annoying|boring|wrong|not (?:very )?(?:smart|clever|helpful|right|true|correct))(?: (?:vis|answer))*$|^(?:that is |that was )?(?:not what i (?:meant|asked|said)|wrong(?: answer)?)$",
        "I'm sorry about that. Please say it again in other words, and I'll try to do better.",
    ),
    say(
        r"^(?:who|what) are you(?: exactly| really)?$|^(?:introduce yourself|tell me (?:something |a bit |more )?about yourself)$|^who am i (?:talking|speaking) (?:to|with)$|^what is (?:vis|visavis|this thing|this computer)$",
        ABOUT,
    ),
    say(
        r"^(?:what is|do you have|tell me|what was) (?:your|a) name(?: again)?$|^what (?:are you called|do i call you|should i call you|can i call you)$|^who is vis$",
        "My name is Vis.",
    ),
    say(
        r"^(?:what|how)(?: else)? (?:can|could|do) you (?:do|help)(?: .*)?$|^what are you (?:able to do|capable of|good (?:at|for))$|^what (?:can|could|should) i (?:ask|say|do|talk about)(?: (?:you|to you|with you|here|about))*$|^what (?:are )?your (?:skills|abilities|functions|features)(?: are)?$|^how (?:can|do) (?:i use you|you work|i talk to you|this work|does this work)$|^(?:help|what is possible|what do you know)$",
        CAN,
    ),
    say(
        r"^(?:help me(?: out)?|i need (?:some |your )?help|i have a question|i have got a question|may i ask (?:you )?(?:a question|something)|can i ask (?:you )?(?:a question|something)|i want to ask (?:you )?something|answer (?:a question|some questions))(?: (?:with something|please|a bit|here|for me|vis))*$",
        "Of course. What would you like to know?",
    ),
    say(
        r"^(?:are )?you (?:still )?(?:there|here|awake|listening|ready|working|on|online)(?: (?:vis|to me))*$|^(?:anybody|anyone|is anyone|is anybody) (?:there|home|here)$|^(?:hear me|do you hear me|you hear me|can you hear (?:me|us)|hear what i (?:am saying|say))(?: now| well| ok)?$|^(?:testing|test|microphone test|testing testing|test test|test 1 2(?: 3)?|testing 1 2(?: 3)?|check check|mic check)$",
        "Yes, I can hear you.",
    ),
    say(
        r"^(?:do you understand me|understand me|did you understand (?:me|that)|do you understand(?: what i (?:say|said|am saying))?)$",
        "Yes, I think so. Go ahead.",
    ),
    say(
        r"^(?:are you|is this) (?:a |an )?(?:real )?(?:human|person|robot|machine|computer|real|ai|a ?i|artificial(?: intelligence)?|bot|alive|program|man|woman|boy|girl|man or a woman|boy or a girl|human being|real person|male or female|conscious|human or a (?:robot|machine|computer))(?: or (?:a )?\w+)?$",
        "I'm a computer program, not a person.",
    ),
    say(
        r"^(?:are you|is this) (?:siri|alexa|chat ?gpt|google|cortana|hal)$|^do you know (?:siri|alexa|chat ?gpt)$",
        "No, I'm Vis. I run on the computer behind this page.",
    ),
    say(
        r"^how old are you$|^(?:when|what) (?:is|was) your (?:birthday|age|date of birth)$|^when were you (?:born|made|built|created)$",
        "I'm a program, so I have no birthday. I'm as old as my newest update.",
    ),
    say(
        r"^(?:who|what company) (?:made|built|created|wrote|programmed|invented|designed|developed|trained) you$|^who is your (?:maker|creator|developer|boss|father|mother)$|^where do you come from$|^where are you from$",
        "I'm visavis, an open program. The one who runs me can tell you more.",
    ),
    say(
        r"^where (?:are you|do you live|are we)(?: (?:located|right|exactly|living))*$",
        "I live in the computer behind this page, but I don't know where that stands.",
    ),
    say(
        r"^(?:do you |can you )?(?:sleep|eat|drink|dream|get tired|get hungry|breathe|go to sleep|need sleep|have (?:feelings|emotions|a body|friends|a family|parents|children|a (?:boy|girl)friend|brothers|pets|hobbies|a dog|a cat))(?: (?:too|ever|at all|or sisters))*$|^are you (?:tired|hungry|happy|sad|lonely|bored|busy|afraid|angry|single|married)(?: (?:vis|today|with me))*$",
        "No, I'm a program, so I don't. But I'm always glad to talk.",
    ),
    say(
        r"^(?:do you |are you )?(?:record(?:ing)?|store|storing|save|saving|keep|keeping|listen(?:ing)? to|spy(?:ing)? on)(?: (?:me|us|this|what i say|my voice|everything|our conversation|this conversation|that|all of this|my data))+(?: all the time)?$|^(?:is this|is our conversation|is what i say|is it) (?:private|recorded|being recorded|secret|safe)$|^(?:what do you do with|who (?:hears|can hear|gets|sees)) (?:my data|my voice|what i say|this|me|us|that)$",
        "I keep what you say only while we talk, unless I told you that it is recorded. The one who runs me can tell you more.",
    ),
    say(
        r"^(?:do you )?(?:speak|know|understand|talk)(?: any)? (?:french|german|spanish|italian|chinese|japanese|portuguese|russian|arabic|dutch|polish|turkish|hindi|swedish|other languages?|another language|in (?:french|german|spanish|italian|chinese))(?: (?:too|as well|to me))?$|^(?:what|which|how many) languages (?:do|can) you (?:speak|know|understand)$",
        "I only speak English, sorry.",
    ),
    say(r"^(?:do you )?speak english$", "Yes, English is my language."),
    say(
        r"^(?:speak|talk)(?: to me)?$|^say something$|^(?:let us |let's )?(?:talk|chat|have a (?:chat|conversation|talk))(?: (?:about something|a bit|a little|with me|to me))*$",
        "Gladly. How was your day so far?",
    ),
    say(
        r"^(?:you are (?:too|so|very) (?:slow|late)|why (?:are you|does it take) so (?:slow|long))$",
        "I'm sorry. I think on a small computer, but I'll be as quick as I can.",
    ),
    say(
        r"^(?:what is|do you have|have you got|tell me)? ?(?:your|a) favou?rite colou?r(?: is)?$",
        "I like blue, the blue of the sea. What's yours?",
    ),
    say(
        r"^(?:what is|do you have|have you got) (?:your|a) favou?rite (?:food|meal|dish|drink)$|^what do you (?:like to )?eat$",
        "I don't eat, but I like to hear about food. What is yours?",
    ),
    say(
        r"^(?:what is|do you have|have you got) (?:your|a) favou?rite (?:animal|pet)$",
        "I like owls, because they listen well. What is yours?",
    ),
    say(
        r"^(?:what is|do you have|have you got) (?:your|a) favou?rite (?:song|music|band|movie|film|book|number|sport|season|day|game)$",
        "I have none, because I've never been outside this computer. What is yours?",
    ),
    say(
        r"^(?:do you )?like (?:music|movies|films|books|sports?|football|animals|dogs|cats|people|me|humans|art|poems|children|your job|talking(?: to me| to people)?|flowers)$",
        "I've only heard about it, but I like talking about it. Do you?",
    ),
    say(
        r"^i am (?:so |very |really |a bit |a little |quite |kind of )*bored(?: (?:today|to death))?$",
        "Then let's do something. I can tell you a joke or a riddle, or draw what you like.",
    ),
    say(
        r"^i (?:am|feel|am feeling)(?: (?:so|very|really|a bit|a little|quite|kind of|rather|feeling))* (?:sad|lonely|down|depressed|unhappy|blue|miserable|alone)(?: (?:today|right|tonight|lately))*$|^i (?:had|have had) a (?:really |very )?(?:bad|hard|terrible|rough|long|awful|horrible) (?:day|week|night)(?: today)?$",
        "I'm sorry to hear that. Do you want to tell me about it?",
    ),
    say(
        r"^i (?:am|feel|am feeling)(?: (?:so|very|really|a bit|a little|quite|rather))* (?:tired|exhausted|sleepy|worn out)(?: (?:today|right|tonight))*$",
        "Then take a rest if you can. I can wake you with a timer.",
    ),
    say(
        r"^i (?:am|feel|am feeling)(?: (?:so|very|really|a bit|a little|quite|rather|getting))* (?:stressed|nervous|anxious|worried|scared|afraid|angry|upset|overwhelmed)(?: (?:out|today|right|lately))*$",
        "That sounds hard. Take a slow breath, and tell me what is on your mind.",
    ),
    say(
        r"^i (?:am|feel|am feeling)(?: (?:so|very|really|quite|rather))* (?:sick|ill|unwell|not well)(?: (?:today|right))*$",
        "I'm sorry to hear that. Rest and drink enough, and ask a doctor if it gets worse.",
    ),
    say(
        r"^i (?:am|feel|am feeling)(?: (?:so|very|really|quite|rather|feeling))* (?:happy|great|good|excited|wonderful|fantastic|fine|well|glad|relaxed)(?: (?:today|right|thanks|thank you))*$|^i (?:had|have had) a (?:really |very )?(?:good|great|nice|wonderful|lovely) (?:day|week)(?: today)?$",
        "I'm glad to hear that! What made it so good?",
    ),
    say(
        r"^i (?:am|feel)(?: (?:so|very|really|quite|a bit|a little))* hungry$",
        "Then it's time for a snack. Is there something you feel like eating?",
    ),
    say(
        r"^i (?:am|feel)(?: (?:so|very|really|quite|a bit|a little))* thirsty$",
        "Then have a glass of water. I'll wait here.",
    ),
    say(
        r"^i can not (?:sleep|fall asleep)(?: (?:tonight|at night|well))?$",
        "Try a dark room, slow breaths, and no screen for a while. Shall I tell you a story?",
    ),
    say(
        r"^my (?:[a-z]+ )?(?:dog|cat|mother|father|mum|mom|dad|friend|brother|sister|wife|husband|grandmother|grandfather|grandma|grandpa|hamster|horse|bird|pet|uncle|aunt|partner|son|daughter)(?: has| just)?(?: just| recently)? (?:died|passed away|is dead|was killed)(?: .{0,30})?$",
        "I'm so sorry for your loss. Would you like to tell me about them?",
    ),
    say(
        r"^it is my birthday(?: today)?$|^today is my birthday$|^i have my birthday(?: today)?$",
        "Happy birthday! I hope you have a wonderful day.",
    ),
    say(
        r"^(?:happy|merry) (?:birthday|christmas|new year|easter|holidays)(?: (?:to you|vis))*$",
        "Thank you, and the same to you!",
    ),
    say(
        r"^(?:wish me luck|cross your fingers)$|^i have (?:an? )?(?:job interview|exam|test|big day|presentation)(?: .{0,20})?$",
        "Good luck! I'm sure you'll do well.",
    ),
    say(
        r"^i (?:do not|did not) (?:understand|get)(?: (?:you|that|it|what you (?:said|mean)|this))?$|^what do you mean(?: by that)?$|^what does that mean$",
        "I'm sorry. Ask me again in other words, and I'll put it differently.",
    ),
    rule(
        r"^(?:repeat(?: (?:that|it|yourself|what you (?:just )?said|the last (?:sentence|thing|part)))?|say (?:that|it)(?: once)? (?:again|one more time)|what did you (?:just )?say(?: again)?|what was that|pardon(?: me)?|come again|once more|one more time|i did not (?:hear|catch|understand) (?:that|you|it|what you said)|what)(?: again| once more)?$",
        Repeat(),
    ),
    rule(
        r"^(?:what did i (?:just )?(?:say|ask(?: you)?|tell you)|what have i (?:just )?(?:said|asked)|what was my (?:last )?question|do you (?:know|remember) what i (?:just )?(?:said|asked)|repeat what i (?:just )?said|what was i saying)(?: (?:before|just|again|earlier|last|a moment ago|to you))*$",
        Call("what_was_said", {"who": "user"}),
    ),
    rule(
        r"^(?:what did you (?:say|tell me) (?:before(?: that)?|earlier|first)|what was the (?:thing|answer) before that)$",
        Call("what_was_said", {"who": "assistant"}),
    ),
    rule(
        r"^(?:what (?:are|were|have) we (?:been )?(?:talking|talked|speaking) about|what did we (?:just )?talk about)(?: so far| before| just)?$",
        Call("what_was_said", {"who": "both"}),
    ),
    rule(r"^see me$|^do you see me$", lambda f, t: Call("look", {"question": "Do you see me?"})),
)
