"""Games: riddles, a quiz, guess a number, rock paper scissors. What is open is read off what was said last."""

from __future__ import annotations

import re

from visavis_agents.games import creatures, hands, number, quiz, riddles
from visavis_agents.games.written import names
from visavis_agents.rules.doubt import asks
from visavis_agents.rules.kinds import Call, Route, Rule, Say, rule
from visavis_agents.rules.memory import NO, YES

OFFER = "A riddle, a quiz, guess a number, guess your animal, or rock, paper, scissors?"
ENDED = "All right. That was fun."
LONGEST_GUESS = 6  # words
_GIVE_UP = re.compile(
    r"^(?:i (?:give|gave) (?:it )?up|give up|i do not know(?: it| that)?|i have no idea|no idea|no clue|i can "
    r"not (?:guess|think).*|"
    r"(?:just )?tell me(?: (?:the answer|it|what it is))?|(?:what|which) is (?:it|the (?:right |correct "
    r")?(?:answer|solution))|"
    r"what was (?:it|the (?:right |correct )?answer)|say it|the answer|answer|solution|pass|skip(?: it| this)?|"
    r"next(?: one| question)?|"
    r"(?:i am )?not sure|you tell me|show me|i pass|resolve it)$"
)
_HINT = re.compile(
    r"^(?:(?:give|tell) me |can i have |i need )?(?:a |another |any )?(?:hint|clue|tip)s?$|^help(?: me)?$"
)
_END = re.compile(
    r"^(?:(?:let us )?(?:stop|end|quit|finish)(?: (?:it|this|that|the (?:game|quiz|riddles?)|playing|now|here))*|"
    r"i (?:do not|no longer) want to (?:play|guess|go on|continue)(?: (?:any ?more|this|now|it))*|no more(?: "
    r"(?:questions|riddles|games))?|"
    r"(?:that is )?enough(?: (?:of (?:this|that|it)|for today|now|questions|riddles))*|(?:game|quiz) over|i am "
    r"done(?: playing)?|"
    r"cancel(?: (?:it|the game|the quiz))?|exit|never mind|forget it)$"
)
_ANOTHER = re.compile(
    r"^(?:(?:tell me |give me |ask me )?(?:another|one more|a new)(?: (?:one|riddle|round))?|again|more|once more)$"
)
_OPENS_A_GUESS = re.compile(
    r"^(?:(?:is|was|could|can|would) (?:it|that)(?: be)?|it is|it must be|it could be|that is|that would be|i "
    r"(?:think|guess|say|would say|"
    r"believe|take|choose)(?: it is| it)?|maybe|perhaps|my (?:guess|answer) is|the answer is|a guess|could it "
    r"be|probably|surely) "
)
_COMMAND = re.compile(
    r"^(?:tell|set|draw|paint|show|remind|play|make|turn|switch|open|close|call|repeat|wait|remember|help|give|explain|look|"
    r"read|write|find|go|speak|talk|sing|add|count|spell|translate|start|take|put)\b"
)
_NO_GUESS = re.compile(
    r"^(?:stop|say|hello|hi|hey|thanks?|bye|goodbye|good|ok|yes|no|please|let|can|could|sorry|my|you|we|he|she|they|"
    r"i (?:am|have|had|was|went|like|love|want|need|live|feel|would|will|do|did))\b"
)


def answered(words: str, before: str) -> Route:
    """What surely belongs to an open game. words: plain ones; before: what the assistant said last."""
    if before.endswith(OFFER):
        return _taken(words)
    if before.endswith(riddles.ANOTHER):
        return Call("tell", {"kind": "riddle"}) if YES.match(words) or _ANOTHER.match(words) else _declined(words)
    if before.endswith(creatures.FOUND):
        return _play("animal") if YES.match(words) or _ANOTHER.match(words) else _declined(words)
    if before.endswith(quiz.MORE):
        return _play("quiz") if YES.match(words) or _ANOTHER.match(words) else _declined(words)
    if not is_open(before):
        return None
    if _END.match(words):
        return Say(ENDED)
    opened = _OPENS_A_GUESS.match(words) is not None
    guess = _OPENS_A_GUESS.sub("", words)
    if riddle := riddles.asked(before):
        if _GIVE_UP.match(words):
            return Say(riddles.told(riddle))
        if _HINT.match(words):
            return Say(riddles.hint(riddle))
        if _COMMAND.match(words):
            return None
        said = riddles.judged(riddle, guess)
        return (
            Say(said)
            if len(words.split()) <= 2 * LONGEST_GUESS and (opened or said.startswith(riddles.RIGHT))
            else None
        )
    if question := quiz.asked(before):
        if _GIVE_UP.match(words):
            return _play("quiz", "-")
        return _play("quiz", guess) if opened or names(guess, question.right) else None
    if number.guessing(before):
        if _GIVE_UP.match(words):
            return _play("number", "-")
        found = re.fullmatch(r"(?:(?:what about|how about|then|ok|try|i try) )?(\d{1,3})", guess)
        return _play("number", found[1]) if found else None
    if creatures.asking(before):
        return _play("animal", creatures.heard(words)) if creatures.heard(words) and len(words.split()) <= 8 else None
    if number.answering(before):
        way = number.direction(words) or ("wrong" if NO.match(words) else "")
        return _play("your number", way) if way and len(words.split()) <= LONGEST_GUESS else None
    hand = hands.chosen(words)
    return _play("hands", hand) if hand and len(words.split()) <= LONGEST_GUESS else None


def guessed(words: str, before: str) -> Route:
    """A guess that is wrong: short, and nothing else that a rule knows."""
    if (
        len(words.split()) > LONGEST_GUESS
        or not words
        or asks(words)
        or _COMMAND.match(words)
        or _NO_GUESS.match(words)
    ):
        return None
    if riddle := riddles.asked(before):
        return Say(riddles.judged(riddle, words))
    return _play("quiz", words) if quiz.asked(before) else None


def unknown(words: str) -> Say | None:
    """ "Let's play chess.", in the place of a small language model."""
    return Say(f"I can't play that, but I know other games. {OFFER}") if _UNKNOWN.match(words) else None


_UNKNOWN = re.compile(
    r"^(?:let us|shall we|can we|i want to|do you want to|would you like to|can you|do you) play "
    r"(?!music|a? ?song)[a-z ]{3,30}$"
)


def is_open(before: str) -> bool:
    """Does a game wait for the user? before: what the assistant said last."""
    return (
        riddles.asked(before) is not None
        or quiz.asked(before) is not None
        or number.guessing(before)
        or number.answering(before)
        or creatures.asking(before)
        or before.endswith(hands.ASK)
    )


def _play(game: str, said: str = "") -> Call:
    return Call("play", {"game": game, **({"said": said} if said else {})})


def _declined(words: str) -> Route:
    return Say("All right.") if NO.match(words) or _END.match(words) else None


def _taken(words: str) -> Route:
    """Which game of those offered."""
    if re.search(r"\briddles?\b|\bfirst\b|\b1st\b", words):
        return Call("tell", {"kind": "riddle"})
    if re.search(r"\bquiz\b|\b2nd\b", words):
        return _play("quiz")
    if re.search(r"\b(?:rock|paper|scissors|5th|last)\b", words):
        return _play("hands")
    if re.search(r"\banimal\b|\b4th\b", words):
        return _play("animal")
    if re.search(r"\b(?:number|guess|3rd)\b", words):
        return _play("number")
    if YES.match(words) or re.match(
        r"^(?:you (?:choose|decide|pick)|any|whatever|i do not (?:care|mind|know)|surprise me)\b", words
    ):
        return _play("quiz")
    return _declined(words)


_LET_US = (
    r"(?:(?:let us|shall we|can we|i want to|i would like to|i feel like|do you want to|would you like to|"
    r"how about|we could) )?"
)
_ONE = r"(?:(?:play|playing|do|start|have) )?(?:(?:a|an|another|some|the) )?(?:(?:game|round) of )?"
RULES: tuple[Rule, ...] = (
    rule(
        r"^i give up$|^(?:what (?:was|is)|tell me) the (?:answer|solution)"
        r"(?: (?:to|of) (?:the|that|your) (?:riddle|question|quiz))?$",
        _play("riddle", "-"),
    ),
    rule(
        rf"^{_LET_US}(?:play|do)(?: with me)?(?: (?:a|another|some|any))?(?: (?:little|fun|short|new|quick|"
        rf"nice))*(?: games?| something fun| with me)$|"
        r"^(?:what|which) games? (?:can|do|could) (?:we|you|i) (?:play|know)(?: (?:with you|together))?$|"
        r"^(?:do you (?:know|have|play)|know|have)(?: any| some)? games?$|^(?:a|any|another) game$|^let us "
        r"play$|^play with me$|"
        r"^entertain me$",
        Say(f"Gladly. {OFFER}"),
    ),
    rule(
        rf"^{_LET_US}{_ONE}(?:quiz|trivia)(?: (?:game|question|questions|with me|time))?$|^quiz me$|"
        r"^ask me (?:a|some|another)(?: (?:quiz|trivia|hard|easy))? questions?$",
        _play("quiz"),
    ),
    rule(
        rf"^{_LET_US}{_ONE}(?:rock|stone|scissors|paper)(?: and| or)? (?:paper|scissors|rock|stone)(?: and| "
        rf"or)? (?:scissors?|rock|stone|paper)$",
        _play("hands"),
    ),
    rule(
        rf"^{_LET_US}{_ONE}(?:guess(?:ing)? (?:the |a |your )?numbers?|number guessing|guessing)(?: game)?$|"
        r"^(?:think of|pick|choose) a number(?: (?:between|from) 1 (?:and|to) 100)?(?: and)? (?:(?:and )?let "
        r"me guess(?: it)?|i (?:will )?guess(?: it)?|"
        r"(?:and )?i (?:will )?(?:try to )?guess(?: it)?)$|^i (?:will |want to )?guess your number$",
        _play("number"),
    ),
    rule(
        r"^(?:can you |try to )?guess (?:my|the number (?:that )?i am thinking of|which number i am thinking "
        r"of|what number i am thinking of)"
        r"(?: number)?$|^i (?:am thinking|think|thought) of a number(?: (?:between|from) 1 (?:and|to) 100)?(?: "
        r"(?:and )?(?:you )?guess(?: it)?)?$|"
        r"^i have a number(?: in mind)?(?: (?:and )?(?:you )?guess(?: it)?)?$",
        _play("your number"),
    ),
    rule(
        r"^i (?:am thinking|think|thought) of an animal(?: (?:and )?(?:you )?guess(?: it)?)?$|"
        r"^(?:can you )?guess (?:my animal|(?:which|the|what) animal i am thinking of)$|"
        rf"^{_LET_US}{_ONE}(?:20 questions|twenty questions|guess (?:my|the|an) animal|animal guessing)(?: game)?$|"
        r"^i have an animal in mind$",
        _play("animal"),
    ),
    rule(
        r"^i (?:am thinking|think|thought) of (?:an? )?(?!number)(?:person|thing|word|city|country|"
        r"object|famous person|something)"
        r"(?: (?:and )?(?:you )?guess(?: it)?)?$",
        Say(f"I'm not good at guessing that. But I know other games. {OFFER}"),
    ),
)
