"""What to say about what was found, as a person would, and honestly about what was not. Pure rules, no model.

Each kind of question that people ask a camera has one function here; a question of no known kind gets the description.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from visavis_models.backends.everyday import with_article
from visavis_models.ports import Box, Found

SURE = 0.5  # from here on a name is said
CERTAIN = 0.7  # and from here on without "I think"
GUESS = 0.3  # below, not even "it might be"
_CLOSE, _FAR = 0.4, 0.12  # height of a face, as a fraction of the picture
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Scene:
    """All that was found in one picture, each list best first.

    things: also guesses, down to GUESS. people: faces, and bodies whose face is not seen. fingers: stretched ones of
    each hand. held, pointed: what is at the hand or before the finger. colours: of what was asked about."""

    things: tuple[Found, ...] = ()
    people: tuple[Found, ...] = ()
    faces: tuple[Found, ...] = ()
    hands: tuple[Found, ...] = ()
    fingers: tuple[int, ...] = ()
    held: Found | None = None
    pointed: Found | None = None
    colours: tuple[str, ...] = ()


def reply(scene: Scene, words: str) -> str:
    """One to three spoken sentences that answer words."""
    asked = " ".join(re.sub(r"[^a-z' ]", " ", words.lower()).split())
    for pattern, answer in _QUESTIONS:
        if found := pattern.search(asked):
            return answer(scene, found)
    return describe(scene)


def describe(scene: Scene) -> str:
    parts = []
    if scene.people:
        parts.append(_people(scene))
    if scene.hands and not scene.people:
        parts.append(_hands(scene))
    shown = [thing for thing in (scene.held, *scene.things) if thing and thing.score >= SURE]
    names = list(dict.fromkeys(_word(thing) for thing in shown))[:3]
    if names:
        sure = all(thing.score >= CERTAIN for thing in shown[:1])
        parts.append(_list([with_article(name) for name in names]))
        sentence = f"I {'' if sure or scene.people else 'think I '}see {_list(parts)}."
        return sentence[0].upper() + sentence[1:]
    if parts:
        return f"I see {_list(parts)}. I'm not sure about the rest."
    if scene.things:
        return f"I'm not sure what I see. It might be {with_article(_word(scene.things[0]))}."
    return "I'm not sure what I see. Hold something closer to the camera, and I'll try again."


def _what_is_this(scene: Scene, _: re.Match[str]) -> str:
    for thing in (scene.pointed, scene.held, *scene.things[:1]):
        if thing is not None and thing.score >= SURE:
            return f"That {'is' if thing.score >= 0.9 else 'looks like'} {_with_particular(thing)}."
    guess = max((t for t in (scene.held, *scene.things[:1]) if t), key=lambda thing: thing.score, default=None)
    if guess is not None:
        return f"I'm not sure. It might be {with_article(_word(guess))}. Hold it closer, so that it fills the picture."
    if scene.people:
        return f"I see {_people(scene)}, but I can't make out what you mean. Hold it closer to the camera."
    return "I can't tell what that is. Hold it closer to the camera, so that it fills the picture."


def _holding(scene: Scene, found: re.Match[str]) -> str:
    if not scene.hands:
        begin = "I can't see your hand"
        sure = [thing for thing in scene.things if thing.score >= SURE]
        return (
            f"{begin}, but I think I see {_with_particular(sure[0])}."
            if sure
            else f"{begin}. Hold it up to the camera."
        )
    thing = scene.held
    if thing is None:
        return "I see your hand, but I can't make out what is in it. Hold it closer to the camera."
    if thing.score >= SURE:
        begin = "I think you are holding" if thing.score < CERTAIN else "You are holding"
        return f"{begin} {_with_particular(thing)}."
    return f"I see your hand, but I'm not sure what is in it. It might be {with_article(_word(thing))}."


def _pointing(scene: Scene, found: re.Match[str]) -> str:
    if not any(hand.label == "pointing hand" for hand in scene.hands):
        return "I don't see a pointing finger. Stretch one finger towards it, and keep it in the picture."
    return _what_is_this(scene, found)


def _how_many_people(scene: Scene, _: re.Match[str]) -> str:
    if not scene.people:
        return "I don't see anybody."
    return f"I see {_people(scene)}{_faceless(scene)}."


def _anybody(scene: Scene, _: re.Match[str]) -> str:
    if not scene.people:
        return "Somebody's hand is there, but I see no face." if scene.hands else "No, I don't see anybody."
    return f"Yes, I see {_people(scene)}{_faceless(scene)}."


def _who(scene: Scene, _: re.Match[str]) -> str:
    if not scene.people:
        return "I don't see anybody."
    return f"I see {_people(scene)}, but I don't recognise people."


def _see_me(scene: Scene, _: re.Match[str]) -> str:
    if scene.faces:
        height = scene.faces[0].box.h if scene.faces[0].box else 0
        far = ", quite far away" if height < _FAR else ", close to the camera" if height > _CLOSE else ""
        return f"Yes, I can see your face {_place(scene.faces[0].box)}{far}."
    if scene.people:
        return f"I see somebody {_place(scene.people[0].box)}, but not your face."
    if scene.hands:
        return "I can see your hand, but not your face."
    return "No, I can't see you. Come in front of the camera."


def _how_many_fingers(scene: Scene, _: re.Match[str]) -> str:
    if not scene.hands:
        return "I don't see a hand. Hold it up, palm to the camera."
    count = sum(scene.fingers)
    return f"I think you are holding up {_number(count)} finger{'' if count == 1 else 's'}."


def _my_hand(scene: Scene, _: re.Match[str]) -> str:
    return f"I see {_hands(scene)}." if scene.hands else "I don't see a hand."


def _look_person(scene: Scene, _: re.Match[str]) -> str:
    return f"{_see_me(scene, _)} But I can't judge looks, age or feelings."


def _colour(scene: Scene, found: re.Match[str]) -> str:
    if re.search(r"\b(hair|eyes?)\b", found.string):
        return "I can't tell the colour of hair or eyes."
    if not scene.colours:
        return "I see many colours, and none stands out. Hold it closer to the camera."
    return f"It looks {' and '.join(scene.colours)} to me."


def _is_there(scene: Scene, found: re.Match[str]) -> str:
    wanted = re.sub(r"^(?:an?|any|the|my|some|your) ", "", found["what"])
    wanted = re.sub(r" (?:here|there|now|in (?:the|this|my) .*|on (?:the|this|my) .*|in front of .*)$", "", wanted)
    if re.fullmatch(r"(?:person|people|man|woman|face|someone|somebody|anyone|anybody|child)s?", wanted):
        return _anybody(scene, found)
    if re.fullmatch(r"(?:(?:my|a) )?hands?", wanted):
        return _my_hand(scene, found)
    for thing in (*((scene.held,) if scene.held else ()), *scene.things):
        if _same(wanted, thing):
            if thing.score >= SURE:
                return f"Yes, I {'' if thing.score >= CERTAIN else 'think I '}see {_with_particular(thing)}."
            return f"I think so, but I'm not sure: it might be {with_article(_word(thing))}."
    return f"I can't find {_wanted(wanted)}. {describe(scene)}"


def _where(scene: Scene, found: re.Match[str]) -> str:
    wanted = re.sub(r"^(?:an?|the|my|your) ", "", found["what"])
    if re.fullmatch(r"hands?", wanted) and scene.hands:
        return f"Your hand is {_place(scene.hands[0].box)}."
    if wanted in ("i", "face", "head") and scene.faces:
        return f"Your face is {_place(scene.faces[0].box)}."
    for thing in scene.things:
        if _same(wanted, thing) and thing.score >= SURE and thing.box:
            return f"The {_word(thing)} is {_place(thing.box)}."
    return f"I can't find {_wanted(wanted)}."


def _how_many_things(scene: Scene, found: re.Match[str]) -> str:
    wanted = found["what"]
    seen = next((thing for thing in scene.things if _same(wanted, thing) and thing.score >= SURE), None)
    first = f"I see {with_article(_word(seen))}, maybe more than one. " if seen else ""
    return f"{first}I can only count people, hands and fingers."


def _same(wanted: str, thing: Found) -> bool:
    names = {part.strip().lower() for part in thing.label.split(",")}
    singular = {wanted, wanted.removesuffix("s"), wanted.removesuffix("es")}
    alike = {"phone": "mobile phone", "cellphone": "mobile phone", "cell phone": "mobile phone", "mug": "cup"}
    singular |= {alike[name] for name in singular if name in alike}
    return bool(names & singular) or any(name.endswith(f" {one}") for name in names for one in singular)


def _wanted(wanted: str) -> str:
    return f"any {wanted}" if wanted.endswith("s") else with_article(wanted)


def _word(thing: Found) -> str:
    return thing.label.partition(", ")[0]


def _with_particular(thing: Found) -> str:
    """ "dog, beagle" is said "a dog, perhaps a beagle"."""
    word, _, particular = thing.label.partition(", ")
    return f"{with_article(word)}, perhaps {with_article(particular)}" if particular else with_article(word)


def _people(scene: Scene) -> str:
    count = len(scene.people)
    if count == 1:
        person = scene.people[0]
        return f"one person {_place(person.box)}"
    return f"{_number(count)} people"


def _faceless(scene: Scene) -> str:
    return "" if scene.faces else ", but no face"


def _hands(scene: Scene) -> str:
    if len(scene.hands) == 1:
        return f"one {scene.hands[0].label} {_place(scene.hands[0].box)}"
    return f"{_number(len(scene.hands))} hands"


def _place(box: Box | None) -> str:
    if box is None:
        return "in the picture"
    middle = box.x + box.w / 2
    return "on the left" if middle < 1 / 3 else "on the right" if middle > 2 / 3 else "in the middle"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _question(
    pattern: str, answer: Callable[[Scene, re.Match[str]], str]
) -> tuple[re.Pattern[str], Callable[..., str]]:
    return re.compile(pattern), answer


_BODY = r"(?:any|some)(?:body|one)"
_QUESTIONS = (
    _question(r"\bwhat colou?rs?\b|\bwhich colou?r\b", _colour),
    _question(r"\bhow many fingers\b", _how_many_fingers),
    _question(r"\bhow many (?:people|persons|faces|men|women|visitors|of us)\b", _how_many_people),
    _question(r"\bhow many hands\b|\bcan you see my hands?\b", _my_hand),
    _question(r"\bhow many (?P<what>[a-z ]+?)(?= (?:are|is|do|can|have|in|on)\b|$)", _how_many_things),
    _question(rf"\b(?:is|are|do you see|can you see|see)\b.*\b(?:{_BODY}|nobody|people)\b", _anybody),
    _question(r"\bwho\b", _who),
    _question(r"\b(?:can|do) you see me\b|\bam i (?:visible|in the picture|in frame)\b", _see_me),
    _question(r"\bhow do i look\b|\bam i (?:smiling|happy|sad|pretty|old)\b|\bhow old\b", _look_person),
    _question(r"\bpoint(?:ing)?\b", _pointing),
    _question(r"\bhold(?:ing)?\b|\bin my hands?\b|\bshowing you\b|\bhave i got\b", _holding),
    _question(r"\bwhere(?:'s| is| are| am) (?P<what>[a-z' ]+)$", _where),
    _question(
        r"\bwhat(?:'s| is| are| was| were| kind of \w+ is| do you think is) (?:this|that|these|those|it)\b",
        _what_is_this,
    ),
    _question(
        r"\b(?:is (?:there|this|that|it)|are (?:there|these|those)|(?:can|do) you see"
        r"|have you seen) (?P<what>(?:an?|any|the|my|some) [a-z' ]+)$",
        _is_there,
    ),
)
