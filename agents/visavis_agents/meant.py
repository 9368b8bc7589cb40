"""What words ask for, as far as rules can tell: of what is read, told or drawn just now, or by themselves."""

from __future__ import annotations

import re

from visavis_agents.documents import title
from visavis_agents.earlier import told_before
from visavis_agents.mind import Mind
from visavis_agents.rules import (
    LONGEST,
    Call,
    Route,
    Say,
    afterwards,
    again,
    asks,
    asks_a_fact,
    changes,
    itself,
    newest,
    plain,
    route,
    small_talk,
    told_instead,
    unknown,
    whole_request,
)
from visavis_agents.rules.amends import heard, within
from visavis_agents.rules.chance import followed_up
from visavis_agents.rules.doubt import of_sight
from visavis_agents.rules.due import NOTHING, Due, asks_all, due
from visavis_agents.rules.games import is_open
from visavis_agents.rules.memory import restored, to_you
from visavis_agents.rules.reactions import listening as heard_of
from visavis_agents.rules.slots import put
from visavis_agents.rules.story import of_story
from visavis_agents.rules.verbs import orders
from visavis_agents.rules.written import unheard
from visavis_agents.seeing.pointing import is_past
from visavis_agents.seeing.reading import asked as reading_asked, refused as reading_refused
from visavis_agents.story.telling import MORE
from visavis_agents.tools.fun import told_last

_PREPOSED = re.compile(r"(?:for|with|without|on|in|at|until|from|after|before|by) ")
_CAN_YOU = re.compile(r"(?:.*[.,!?] )?((?:can|could|will) you) ", re.IGNORECASE)
LATIN = "\u024f"  # the last of its letters
FRESH_S = 8.0  # so long what the assistant said may be asked for by "What was that?"
READ_ENOUGH = "All right."
ORDERED = (
    "I'm afraid I can't do that. Ask me what I can do, and I'll tell you.",
    "I'm not sure what to do there. Please say it in other words.",
)
TOLD_BACK = 3  # answers back to a joke of which another one is wanted
FRAGMENT = 4  # words of a question that is no whole one
LATELY = 8  # answers that are not given again where there is another
TOLD = 240  # characters of something told
LISTENING = "Yes? I'm listening."  # to "???"
ENGLISH = "I'm sorry, I only understand English."
_THEIR_WORDS = re.compile(r"\b(?:did|have|had) i (?:just )?(?:say|said|tell|told|mention|mentioned|ask|asked)\b")
_ENOUGH = frozenset({"stop", "stop it", "stop that", "cancel", "cancel it", "cancel that", "never mind", "forget it"})


def meant(mind: Mind, text: str, before: str) -> Route:
    """before: what the assistant said last."""
    made = _of_reading(mind, text, before) or _of_story(mind, text, before) or _of_timers(mind, text, before)
    if made is not None:
        return made
    made = route(text, before)
    turn = heard(text) if not is_open(before) else None
    if made is None and (told := next(filter(None, map(told_last, reversed(mind.history.heard(TOLD_BACK)))), "")):
        made = followed_up(plain(text[:LONGEST]), told)
    if made is None or (turn is not None and (turn.corrects or turn.joined)) or within(text):
        made = _again(mind, text, turn is None or turn.plainly or made is None) or made
    return _of_picture(mind, text, made)


def means_what_was_seen(mind: Mind, text: str, end_s: float) -> bool:
    """ "What was that?" asks for the last words again only while they are fresh, or nothing is seen."""
    hands = mind.hands
    fresh = end_s - hands.spoke_s <= FRESH_S or hands.sight.at(end_s) is None
    return is_past(text) and "look" in mind.role.tools and not fresh


def instead(mind: Mind, text: str) -> str:
    """What is said where a small language model would answer fluently and perhaps wrongly, or empty."""
    if mind.senses.language.port.knows:
        return ""
    text = newest(text)
    words = plain(text)
    if not words:
        return LISTENING
    if foreign(words):
        return ENGLISH
    before, lately = mind.history.last_reply(but=mind.role.nudge), mind.history.heard(LATELY)
    if told := told_before(mind.hands, text) or told_instead(words, before):
        return told
    if of_it := _of_it(mind, text, words, before):
        return of_it
    if asks_all(words):
        return NOTHING
    unsure = _unsure(mind, text)
    if asks_a_fact(words) or (mind.hands.knowledge is not None and (asks(words) or "?" in text)):
        return unsure
    made = small_talk(text, lately) or itself.said(words, lately, unsure)
    made = made or unknown.said(words, said_before(mind, text), unsure, lately)
    if not made and orders(words):
        return unheard(ORDERED, lately)
    asked = asks(words) or ("?" in text and len(words.split()) <= FRAGMENT)  # "And the second?"
    return made or (unsure if asked and not (is_told(before) or _THEIR_WORDS.search(words)) else "")


def listening(mind: Mind, text: str) -> str:
    """What is said in the place of a small model's words that are off (`guard.py`), or that begin with not seeing."""
    words = plain(text)
    if asks(words) or "?" in text:
        return _unsure(mind, text)
    if orders(words):
        return unheard(ORDERED, mind.history.heard(LATELY))
    return heard_of(text, mind.history.heard(LATELY))


def _unsure(mind: Mind, text: str) -> str:
    """An "I don't know" that names what was asked."""
    words, said, turn = plain(text), said_before(mind, text), heard(text)
    asked = _CAN_YOU.match(text)  # which is no more than politeness in plain words
    if asked and not asks(words) and mind.hands.knowledge is None:
        return unheard(ORDERED, mind.history.heard(LATELY))
    if asked and not asks(words):
        words = f"{asked[1].lower()} {words}"
    elif turn is not None and turn.joined and said and not asks(words):  # "And the smallest?"
        words = next(
            (made for made, sure in put(plain(said[-1]), turn.value) if sure or not _PREPOSED.match(turn.value)), ""
        )
    at_a_desk = mind.hands.knowledge is not None
    return itself.unsure(words, mind.history.heard(LATELY), mind.role.ways_unsure, text, at_a_desk)


def is_told(before: str) -> bool:
    """Whether a story or something else long was told, of which a small model answers what it has just read."""
    return len(before) > TOLD


def foreign(words: str) -> bool:
    """Whether most letters are of another script than ours."""
    letters = [letter for letter in words if letter.isalpha()]
    return 2 * sum(letter > LATIN for letter in letters) > len(letters)


def _of_it(mind: Mind, text: str, words: str, before: str) -> str:
    """What is said where they ask about the answer that they got, or empty."""
    if not afterwards.is_of_it(words):
        return ""
    earlier = again.whole(said_before(mind, text), whole_request)
    asked = next((line for line in reversed(earlier) if not afterwards.is_of_it(plain(line))), "")
    quote = mind.hands.quoted
    papers = None
    if quote is not None and quote.spoken in before:
        papers = f", under {title(quote.heading)}" if quote.heading else ""
    made = whole_request(asked) if asked else None
    return afterwards.said(words, before, plain(asked), made, papers, mind.history.heard(LATELY))


def otherwise(mind: Mind, text: str) -> str:
    """What is said where a small model answers that it can't see, though nothing of sight was asked; else empty."""
    return "" if mind.senses.language.port.knows or of_sight(plain(text)) else listening(mind, text)


def _of_reading(mind: Mind, text: str, before: str) -> Route:
    """Whether this is about the text that is being read, and what about it."""
    if (reading := mind.hands.text) is None:
        return None
    words = plain(text[:LONGEST])
    if what := reading_asked(words, reading.place(mind.history.lines), before):
        return Call("read_on", {"what": what})
    return Say(READ_ENOUGH) if reading_refused(words, before) else None


def _of_story(mind: Mind, text: str, before: str) -> Route:
    """Whether this is about the story that is being told, and what about it."""
    story = mind.hands.story
    if story is None:
        return None
    return of_story(plain(text[:LONGEST]), before.endswith(MORE), story.is_in(before), story.finished)


def _of_timers(mind: Mind, text: str, before: str) -> Route:
    """Whether this is about a timer or reminder that runs, and what about it."""
    running = [Due(timer.what, timer.rings_s) for timer in mind.hands.timers]
    return due(plain(text[:LONGEST]), before, running) if running else None


def _again(mind: Mind, text: str, free: bool) -> Route:
    """What a correction or one more question makes of the request before. free: else a rule understands the words by
    themselves, and only what is sure comes before that."""
    said = said_before(mind, text)
    if (found := again.anew(text, again.whole(said, whole_request), whole_request)) is None:
        right = again.at_once(text) or (again.put_right(text, said[-1]) if said and free else "")
        return Say(f"All right. {restored(to_you(plain(right)), f'- {right}')}") if right else None
    if not (free or found.sure):
        return None
    match found.was, found.made:
        case Call(tool="draw"), Call() if mind.hands.easel.prompt and changes(plain(text[:LONGEST])):
            return None
        case Call(), Call("set_timer" | "set_alarm" as tool, arguments) if found.corrects:
            return Call(tool, arguments | {"instead": True})
        case Call(arguments=was), Call("told" | "remember" as tool, arguments) if found.corrects:
            return Call(tool, arguments | {"instead_of": was["fact"]})
        case Call(arguments=was), Call("use_list", arguments) if (
            found.corrects and arguments["do"] == was["do"] == "add"
        ):
            return Call("use_list", arguments | {"instead_of": was["items"]})
    return found.made


def said_before(mind: Mind, text: str) -> tuple[str, ...]:
    """The user's lines before this one, oldest first."""
    said = mind.history.said_by_user()
    return said[:-1] if said and f"{text} ".startswith(f"{said[-1]} ") else said


def _of_picture(mind: Mind, text: str, made: Route) -> Route:
    """What was made of the words, or a change of the picture that was drawn last."""
    easel, words = mind.hands.easel, plain(text[:LONGEST])
    if easel.drawing and words in _ENOUGH:
        return Call("stop_drawing")
    new = made is None or (isinstance(made, Call) and made.tool == "draw")
    return Call("edit", {"request": words}) if new and easel.prompt and changes(words) else made
