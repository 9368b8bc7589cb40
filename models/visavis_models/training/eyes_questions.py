"""Questions about a photo and their answers, made by rule from its facts. Pure; the same random, the same questions.

Every answer is a short spoken sentence of a few fixed forms, so that right and wrong can be told by rule: `right`.
Yes and no come equally often; a no is mostly about things that are often seen together with those that are there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

from visavis_models.backends.eyes_concepts import concept, words
from visavis_models.training.eyes_facts import NUMBERS, Facts
from visavis_models.training.eyes_marking import CANT_TELL, STUFF, Asked, an, phrases, plural
from visavis_models.training.eyes_photos import Thing, View

MANY = 4  # up to here things are counted


class Together:
    """Which concepts are seen together, and how often: for questions whose answer is no."""

    def __init__(self, known: Iterable[Facts]) -> None:
        self._pairs: dict[str, Counter[str]] = {}
        self._all: Counter[str] = Counter()
        for each in known:
            names = list(each.present)
            self._all.update(names)
            for name in names:
                self._pairs.setdefault(name, Counter()).update(other for other in names if other != name)

    def missing(self, facts: Facts, random: Random, hard: bool = True) -> str:
        """An absent concept, often one that goes with what is there; empty where none can be named."""
        if not facts.absent:
            return ""
        weights = []
        for name in facts.absent:
            beside = sum(self._pairs.get(there, Counter())[name] / (1 + self._all[there]) for there in facts.present)
            weights.append(self._all[name] / 400 + (60 * beside if hard else 1.0) + 0.05)
        return random.choices(facts.absent, weights)[0]


def ask(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    """One question of every kind that the facts allow; a yes and a no of whether something is there."""
    made: list[Asked] = []
    for maker in (
        _there,
        _colour,
        _count,
        _doing,
        _acts,
        _wearing,
        _where,
        _inside,
        _sex,
        _what,
        _sides,
        _unseen,
        _list,
        _given,
    ):
        made += maker(facts, view, together, random)
    if random.random() < 0.35:
        made.append(Asked("can't tell", random.choice(phrases("cannot_tell")), CANT_TELL, "cannot"))
    return made


def _there(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    made = []
    # A part of the photo may have lost what is told only once or is small.
    sure = [n for n, t in facts.present.items() if (t >= 2 or view.whole) and (n in words().of.values() or facts.boxed)]
    if sure:
        weights = [2.0 if name in words().salient else 0.7 for name in sure]
        name = random.choices(sure, weights)[0]
        made.append(Asked("is there", _pick(random, phrases("is_there"), name), f"Yes, I see {an(name)}.", "yes"))
    if name := together.missing(facts, random, random.random() < 0.7):
        made.append(Asked("is there", _pick(random, phrases("is_there"), name), f"No, I don't see {an(name)}.", "no"))
    return made


def _pick(random: Random, templates: Sequence[str], name: str) -> str:
    return random.choice(templates).format(a=an(name), name=name, names=plural(name))


def _colour(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.colours:
        return []
    noun, colour = random.choice(sorted(facts.colours.items()))
    many = noun.endswith("s") and noun not in ("bus", "grass", "dress", "fish")
    question = random.choice(phrases("colour")).format(name=noun, be="are" if many else "is")
    return [
        Asked(
            "colour", question, f"{'They are' if many else 'It is'} {colour}.", f"colour:{colour.replace(' and', '')}"
        )
    ]


def _count(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    boxes = Counter(concept(thing.label) for thing in view.things(facts.things)) if facts.boxed else Counter[str]()
    counts = dict(boxes) if facts.boxed else facts.counts if view.whole or random.random() < 0.3 else {}
    usable = [(name, number) for name, number in sorted(counts.items()) if name not in STUFF or facts.boxed]
    if not usable:
        return []
    weights = [1.0 if number == 1 else 3.0 for _, number in usable]
    name, number = random.choices(usable, weights)[0]
    told = (
        f"I see one {name}."
        if number == 1
        else f"I see {_SAID[number]} {plural(name)}."
        if number <= MANY
        else f"I see many {plural(name)}."
    )
    return [
        Asked(
            "how many", _pick(random, phrases("how_many"), name), told, f"count:{number if number <= MANY else 'many'}"
        )
    ]


def _doing(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.doing:
        return []
    who, told = random.choice(facts.doing)
    verbs = sorted({verb for _, each in facts.doing for verb in re.findall(r"[a-z]+ing", each)[:1]})
    return [Asked("doing", _about(random, phrases("doing"), who), _sentence(told), f"any:{' '.join(verbs)}")]


def _about(random: Random, templates: Sequence[str], who: str, **more: str) -> str:
    many = who.endswith("s") or who in ("men", "women", "people", "children", "couple", "sheep")
    pronoun = (
        "they"
        if many
        else "he"
        if who in ("man", "boy", "guy")
        else "she"
        if who in ("woman", "girl", "lady")
        else "it"
    )
    pronoun = (
        "they"
        if pronoun == "it" and who not in ("dog", "cat", "horse", "bird", "puppy", "kitten", "cow", "bear", "zebra")
        else pronoun
    )
    subject = f"the {who}" if random.random() < 0.7 else pronoun
    be = "are" if many or subject == "they" else "is"
    return random.choice(templates).format(who=subject, be=be, short="'s" if be == "is" else " are", **more)


def _acts(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.acts:
        return []
    who, verb, what = random.choice(facts.acts)
    nouns = sorted({act[2].split()[-1] for act in facts.acts if act[1] == verb})
    many = who.endswith("s") or who in ("men", "women", "people")
    told = f"the {who} {'are' if many else 'is'} {verb} {what}"
    return [
        Asked(
            "doing what to",
            _about(random, phrases("doing_what_to"), who, verb=verb),
            _sentence(told),
            f"any:{' '.join(nouns)}",
        )
    ]


def _wearing(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.wearing:
        return []
    who, what = random.choice(facts.wearing)
    nouns = sorted({each.split()[-1] for _, each in facts.wearing})
    many = who.endswith("s") or who in ("men", "women", "people")
    told = f"the {who} {'are' if many else 'is'} wearing {what}"
    return [Asked("wearing", _about(random, phrases("wearing"), who), _sentence(told), f"any:{' '.join(nouns)}")]


def _where(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.places:
        return []
    place = facts.places[0]
    told = words().places[place]
    subjects = [
        name
        for name in facts.present
        if name in ("dog", "man", "woman", "horse", "cat", "bird") and facts.present[name] >= 2
    ]
    question = random.choice(phrases("where"))
    if subjects and random.random() < 0.6:
        question = _about(random, ("where {be} {who}?", "where{short} {who}?"), random.choice(sorted(subjects)))
    keys = sorted(
        {each for each in facts.places} | {word for each in facts.places for word in words().places[each].split()[-1:]}
    )
    return [Asked("where", question, _sentence(f"it's {told}"), f"any:{' '.join(keys)}")]


def _inside(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.inside or random.random() < 0.6:
        return []
    return [Asked("indoors", random.choice(phrases("indoors")), f"It's {facts.inside}.", f"any:{facts.inside}")]


def _sex(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.sex or random.random() < 0.5:
        return []
    return [Asked("who", random.choice(phrases("who")), f"I see {an(facts.sex)}.", f"any:{facts.sex}")]


def _what(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    name = facts.main or (facts.labels[0] if len(facts.labels) == 1 else "")
    if not name or name == "person":
        return []
    said = f"It's {name}." if name.endswith("s") and name not in words().of.values() else f"It's {an(name)}."
    return [Asked("what", random.choice(phrases("what")), said, f"thing:{name}")]


def _sides(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    """Where a thing is whose box is the only one of its kind, and what is on a side."""
    things = view.things(facts.things)
    alone = [
        t
        for t in things
        if sum(o.label == t.label for o in things) == 1 and t.w * t.h > 0.01 and t.label != "dining table"
    ]
    if not alone or not facts.boxed:
        return []
    made, thing = [], random.choice(alone)
    name = concept(thing.label)
    if side := _side(thing):
        place = "in the middle" if side == "middle" else f"on the {side}"
        question = random.choice(phrases("which_side")).format(name=name)
        made.append(Asked("which side", question, f"The {name} is {place}.", f"side:{side}"))
    pairs = [(a, b) for a in alone for b in alone if a is not b and abs(_middle(a) - _middle(b)) > 0.2]
    if pairs:
        a, b = random.choice(pairs)
        side = "left" if _middle(a) < _middle(b) else "right"
        question = random.choice(phrases("left_or_right_of")).format(a=concept(a.label), b=concept(b.label))
        told = f"The {concept(a.label)} is on the {side} of the {concept(b.label)}."
        made.append(Asked("left or right of", question, told, f"side:{side}"))
    return made


def _side(thing: Thing) -> str:
    middle = _middle(thing)
    return "left" if middle < 0.36 else "right" if middle > 0.64 else "middle" if 0.44 < middle < 0.56 else ""


def _middle(thing: Thing) -> float:
    return thing.x + thing.w / 2


def _unseen(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    """A question about something that is not there: said instead of made up."""
    if random.random() < 0.5 or not (name := together.missing(facts, random, random.random() < 0.5)):
        return []
    question = random.choice(phrases("not_there")).format(name=name, names=plural(name))
    many = f"{plural(name)} " in question
    return [Asked("not there", question, f"I don't see {f'any {plural(name)}' if many else an(name)}.", "cannot")]


def _list(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    """The largest boxed things, up to four kinds, with their numbers."""
    if not facts.boxed:
        return []
    area: dict[str, float] = {}
    number: Counter[str] = Counter()
    for thing in view.things(facts.things):
        area[concept(thing.label)] = area.get(concept(thing.label), 0.0) + thing.w * thing.h
        number[concept(thing.label)] += 1
    names = sorted(area, key=lambda name: -area[name])[:4]
    if not names:
        return []
    parts = [
        an(n) if number[n] == 1 else f"{_SAID[number[n]] if number[n] <= MANY else 'many'} {plural(n)}" for n in names
    ]
    told = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return [
        Asked("list", random.choice(phrases("list")), f"I see {told}.", f"things:{';'.join(sorted(facts.present))}")
    ]


def _given(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    """Up to two of the questions that came with the photo; their one-word answers are made sentences."""
    usable = [each for each in facts.asked if not _TRUE.match(each[0]) and not _SIDED.search(each[0])]
    chosen = random.sample(usable, min(2, len(usable)))
    return [asked for each in chosen for asked in _answered(*each)]


def given_sides(facts: Facts, view: View, random: Random) -> list[Asked]:
    """One of the questions that came with the photo and speak of left and right, for learning alone."""
    usable = [each for each in facts.asked if not _TRUE.match(each[0]) and _SIDED.search(each[0])]
    if not usable or view.w * view.h < 0.7:
        return []
    question, answer = random.choice(usable)
    return _answered(turned(question) if view.mirrored else question, answer)


def turned(text: str) -> str:
    """As it is told of the mirrored picture."""
    return _SIDED.sub(lambda found: "right" if found[0].lower() == "left" else "left", text)


def _answered(question: str, answer: str) -> list[Asked]:
    """A question with a short answer, as a sentence; none where the answer is no plain word."""
    answer = answer.lower().replace("gray", "grey")
    if answer in words().colours:
        return [Asked("given colour", question, f"It is {answer}.", f"colour:{answer}")]
    if answer in NUMBERS or answer.isdigit():
        number = NUMBERS.get(answer) or int(answer)
        if not 1 <= number <= 6:
            return []
        said = _SAID.get(number, {1: "one", 5: "five", 6: "six"}.get(number, ""))
        return [Asked("given number", question, f"I see {said}.", f"count:{number}")]
    if not re.fullmatch(r"[a-z]+(?: [a-z]+)?", answer) or answer in ("yes", "no", "true", "false"):
        return []
    many = (answer.endswith("s") and not answer.endswith("ss") and answer != "bus") or answer in _MANY
    told = f"They are {answer}." if many else f"It's {an(answer)}."
    return [Asked("given thing", question, told, f"any:{answer} {answer.removesuffix('s')} {answer}s")]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


_SAID = {2: "two", 3: "three", 4: "four"}
_MANY = ("people", "men", "women")
_SIDED = re.compile(r"\b(?:left|right)\b", re.IGNORECASE)
_TRUE = re.compile(r"true or false", re.IGNORECASE)
