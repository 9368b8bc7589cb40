"""Questions about a photo and their answers, made by rule from its facts. Pure; the same random, the same questions.

Every answer is a short spoken sentence of a few fixed forms, so that right and wrong can be told by rule: `right`.
Yes and no come equally often; a no is mostly about things that are often seen together with those that are there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from visavis_models.training.eyes_facts import NUMBERS, Facts, concept, mentioned, words
from visavis_models.training.eyes_photos import Thing, View

CANT_TELL = "I can't tell."
MANY = 4  # up to here things are counted


@dataclass(frozen=True)
class Asked:
    """kind: for the table of figures. key: what makes an answer right, in the form `right` reads."""

    kind: str
    question: str
    answer: str
    key: str


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
        made.append(Asked("can't tell", random.choice(_UNKNOWABLE), CANT_TELL, "cannot"))
    return made


def right(asked: Asked, answer: str) -> bool:
    """Whether an answer says what the key wants."""
    told = re.findall(r"[a-z']+", answer.lower())
    known = words()
    kind, _, key = asked.key.partition(":")
    if kind == "yes" or kind == "no":
        return bool(told) and told[0] == kind
    if kind == "cannot":
        return answer.lower().startswith(("i can't tell", "i don't see", "i'm not sure", "i don't know"))
    if kind == "colour":
        return {word.replace("gray", "grey") for word in told if word in known.colours or word == "gray"} == set(
            key.split()
        )
    if kind == "count":
        numbers = [NUMBERS[word] for word in told if word in NUMBERS]
        return (
            "many" in told
            if key == "many"
            else str(numbers[0]) == key
            if numbers
            else key == "1" and bool({"a", "an"} & set(told))
        )
    if kind == "any":  # one of the words
        return bool(set(key.split()) & set(told))
    if kind == "thing":
        return bool(_forms(key) & set(told)) or key in answer.lower()
    if kind == "things":  # all that is named is there
        named = mentioned(answer)
        return bool(named) and named <= {*key.split(";"), "person"}
    if kind == "side":
        return key in told and not ({"left", "right", "middle"} - {key}) & set(told)
    raise ValueError(f"a key of unknown kind: {asked.key}")


def _forms(name: str) -> frozenset[str]:
    known = words()
    return known.people.get(name) or known.concepts.get(name) or frozenset({name})


def an(name: str) -> str:
    """ "a dog", "an umbrella"; people, pairs and stuff have their own."""
    if name in _STUFF:
        return name
    return f"{'an' if name[0] in 'aeio' or name.startswith('umb') else 'a'} {name}"


def plural(name: str) -> str:
    if name in _STUFF or name in _IRREGULAR:
        return _IRREGULAR.get(name, name)
    return f"{name}es" if name.endswith(("s", "ch", "sh", "x")) else f"{name}s"


def _there(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    made = []
    # A part of the photo may have lost what is told only once or is small.
    sure = [n for n, t in facts.present.items() if (t >= 2 or view.whole) and (n in words().of.values() or facts.boxed)]
    if sure:
        weights = [2.0 if name in words().salient else 0.7 for name in sure]
        name = random.choices(sure, weights)[0]
        made.append(Asked("is there", _pick(random, _THERE, name), f"Yes, I see {an(name)}.", "yes"))
    if name := together.missing(facts, random, random.random() < 0.7):
        made.append(Asked("is there", _pick(random, _THERE, name), f"No, I don't see {an(name)}.", "no"))
    return made


def _pick(random: Random, templates: Sequence[str], name: str) -> str:
    return random.choice(templates).format(a=an(name), name=name, names=plural(name))


def _colour(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.colours:
        return []
    noun, colour = random.choice(sorted(facts.colours.items()))
    many = noun.endswith("s") and noun not in ("bus", "grass", "dress", "fish")
    question = random.choice(_COLOURS).format(name=noun, be="are" if many else "is")
    return [
        Asked(
            "colour", question, f"{'They are' if many else 'It is'} {colour}.", f"colour:{colour.replace(' and', '')}"
        )
    ]


def _count(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    boxes = Counter(concept(thing.label) for thing in view.things(facts.things)) if facts.boxed else Counter[str]()
    counts = dict(boxes) if facts.boxed else facts.counts if view.whole or random.random() < 0.3 else {}
    usable = [(name, number) for name, number in sorted(counts.items()) if name not in _STUFF or facts.boxed]
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
    return [Asked("how many", _pick(random, _COUNTS, name), told, f"count:{number if number <= MANY else 'many'}")]


def _doing(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.doing:
        return []
    who, told = random.choice(facts.doing)
    verbs = sorted({verb for _, each in facts.doing for verb in re.findall(r"[a-z]+ing", each)[:1]})
    return [Asked("doing", _about(random, _DOINGS, who), _sentence(told), f"any:{' '.join(verbs)}")]


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
    return [Asked("doing what to", _about(random, _ACTS, who, verb=verb), _sentence(told), f"any:{' '.join(nouns)}")]


def _wearing(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.wearing:
        return []
    who, what = random.choice(facts.wearing)
    nouns = sorted({each.split()[-1] for _, each in facts.wearing})
    many = who.endswith("s") or who in ("men", "women", "people")
    told = f"the {who} {'are' if many else 'is'} wearing {what}"
    return [Asked("wearing", _about(random, _WEARINGS, who), _sentence(told), f"any:{' '.join(nouns)}")]


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
    question = random.choice(_WHERES)
    if subjects and random.random() < 0.6:
        question = _about(random, ("where {be} {who}?", "where{short} {who}?"), random.choice(sorted(subjects)))
    keys = sorted(
        {each for each in facts.places} | {word for each in facts.places for word in words().places[each].split()[-1:]}
    )
    return [Asked("where", question, _sentence(f"it's {told}"), f"any:{' '.join(keys)}")]


def _inside(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.inside or random.random() < 0.6:
        return []
    return [Asked("indoors", random.choice(_INSIDES), f"It's {facts.inside}.", f"any:{facts.inside}")]


def _sex(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    if not facts.sex or random.random() < 0.5:
        return []
    return [Asked("who", random.choice(_WHOS), f"I see {an(facts.sex)}.", f"any:{facts.sex}")]


def _what(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    name = facts.main or (facts.labels[0] if len(facts.labels) == 1 else "")
    if not name or name == "person":
        return []
    said = f"It's {name}." if name.endswith("s") and name not in words().of.values() else f"It's {an(name)}."
    return [Asked("what", random.choice(_WHATS), said, f"thing:{name}")]


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
        question = random.choice(_SIDES).format(name=name)
        made.append(Asked("which side", question, f"The {name} is {place}.", f"side:{side}"))
    pairs = [(a, b) for a in alone for b in alone if a is not b and abs(_middle(a) - _middle(b)) > 0.2]
    if pairs:
        a, b = random.choice(pairs)
        side = "left" if _middle(a) < _middle(b) else "right"
        question = random.choice(_BESIDES).format(a=concept(a.label), b=concept(b.label))
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
    question = random.choice(_UNSEENS).format(name=name, names=plural(name))
    many = f"{plural(name)} " in question
    return [Asked("not there", question, f"I don't see {f'any {plural(name)}' if many else an(name)}.", "cannot")]


def _list(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    """The largest boxed things, up to four kinds, with their numbers."""
    if not facts.boxed:
        return []
    area: Counter[str] = Counter()
    number: Counter[str] = Counter()
    for thing in view.things(facts.things):
        area[concept(thing.label)] += thing.w * thing.h
        number[concept(thing.label)] += 1
    names = [name for name, _ in area.most_common(4)]
    if not names:
        return []
    parts = [
        an(n) if number[n] == 1 else f"{_SAID[number[n]] if number[n] <= MANY else 'many'} {plural(n)}" for n in names
    ]
    told = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return [Asked("list", random.choice(_LISTS), f"I see {told}.", f"things:{';'.join(sorted(facts.present))}")]


def _given(facts: Facts, view: View, together: Together, random: Random) -> list[Asked]:
    """Up to two of the questions that came with the photo; their one-word answers are made sentences."""
    made = []
    sided = re.compile(r"\b(?:left|right)\b")
    usable = [
        each for each in facts.asked if not each[0].lower().startswith("true or false") and not sided.search(each[0])
    ]
    for question, answer in random.sample(usable, min(2, len(usable))):
        answer = answer.lower().replace("gray", "grey")
        if answer in words().colours:
            made.append(Asked("given colour", question, f"It is {answer}.", f"colour:{answer}"))
        elif answer in NUMBERS or answer.isdigit():
            number = NUMBERS.get(answer) or int(answer)
            if 1 <= number <= 6:
                said = _SAID.get(number, {1: "one", 5: "five", 6: "six"}.get(number, ""))
                made.append(Asked("given number", question, f"I see {said}.", f"count:{number}"))
        elif re.fullmatch(r"[a-z]+(?: [a-z]+)?", answer) and answer not in ("yes", "no", "true", "false"):
            many = (
                answer.endswith("s")
                and not answer.endswith("ss")
                and answer != "bus"
                or answer in ("people", "men", "women")
            )
            told = f"They are {answer}." if many else f"It's {an(answer)}."
            made.append(Asked("given thing", question, told, f"any:{answer} {answer.removesuffix('s')} {answer}s"))
    return made


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


_STUFF = frozenset("snow water grass sand fish sheep scissors broccoli".split())
_IRREGULAR = {"man": "men", "woman": "women", "person": "people", "knife": "knives", "computer mouse": "computer mice"} | {
    "pair of skis": "pairs of skis", "wine glass": "wine glasses", "couch": "couches",
}  # fmt: skip
_SAID = {2: "two", 3: "three", 4: "four"}
_THERE = (
    "is there {a}?", "is there {a} in the picture?", "do you see {a}?", "can you see {a}?", "are there any {names}?", "do you see any {names}?",
    "is there {a} here?", "can you see any {names}?", "is {a} there?", "do i have {a} here?", "is that {a}?", "are there {names} in the picture?",
)  # fmt: skip
_COLOURS = (
    "what colour {be} the {name}?", "what color {be} the {name}?", "which colour {be} the {name}?", "what colour of {name} do you see?",
    "tell me the colour of the {name}", "what color {be} that {name}?", "what's the colour of the {name}?",
)  # fmt: skip
_COUNTS = (
    "how many {names} are there?", "how many {names} do you see?", "how many {names} can you see?", "how many {names} are in the picture?",
    "count the {names}", "how many {names}?",
)  # fmt: skip
_DOINGS = (
    "what {be} {who} doing?", "what{short} {who} doing?", "what {be} {who} doing there?", "can you tell me what {who} {be} doing?",
    "what {be} {who} up to?", "what is happening?", "what's going on?",
)  # fmt: skip
_ACTS = ("what {be} {who} {verb}?", "what{short} {who} {verb}?", "can you see what {who} {be} {verb}?")
_WEARINGS = ("what {be} {who} wearing?", "what{short} {who} wearing?", "what clothes {be} {who} wearing?")
_WHERES = (
    "where is this?",
    "where is that?",
    "what place is this?",
    "where was this taken?",
    "what kind of place is it?",
    "where are they?",
)
_INSIDES = (
    "is this indoors or outdoors?",
    "is it inside or outside?",
    "are we inside or outside?",
    "is this outdoors or indoors?",
    "is it indoors?",
)
_WHOS = (
    "is it a man or a woman?",
    "who is there?",
    "who do you see?",
    "who is in the picture?",
    "is that a man or a woman?",
)
_WHATS = (
    "what is this?", "what's this?", "what is that?", "what's that?", "what is it?", "what do you think this is?", "what am i showing you?",
    "what am i holding?", "what is in front of you?", "what kind of thing is this?", "do you know what this is?", "what's in my hand?",
)  # fmt: skip
_SIDES = (
    "where is the {name}?",
    "where's the {name}?",
    "on which side is the {name}?",
    "is the {name} on the left or on the right?",
)
_BESIDES = (
    "is the {a} on the left or right of the {b}?", "is the {a} to the left or to the right of the {b}?", "on which side of the {b} is the {a}?",
)  # fmt: skip
_LISTS = (
    "what things do you see?", "what objects are there?", "which things can you see?", "what things are in the picture?", "list what you see",
    "what objects do you see?", "what is there to see?",
)  # fmt: skip
_UNSEENS = (
    "what colour is the {name}?", "how many {names} are there?", "where is the {name}?", "what color is the {name}?", "what is the {name} doing?",
    "how many {names} do you see?", "where's the {name}?", "is the {name} on the left or on the right?", "how big is the {name}?",
)  # fmt: skip
_UNKNOWABLE = (
    "what is his name?", "what's her name?", "who is this person?", "how old is she?", "how old is he?", "what time is it there?",
    "what is he thinking?", "what are they talking about?", "what day was it?", "how much does it cost?", "where does he live?",
    "what is behind the camera?", "what's behind me?", "what does it smell like?", "who took this picture?", "when was this taken?",
    "what is the dog's name?", "how heavy is it?", "what brand is it?", "what is inside?", "is she married?", "what did he eat for breakfast?",
    "what will happen next?", "why are they there?", "how far away is it?", "what temperature is it?", "what city is this?", "what country is this?",
    "is he happy with his job?", "what is she saying?", "does it taste good?", "what sound does it make?", "how fast is he going?",
    "who won the game?", "what's his favourite colour?", "what was here yesterday?", "is it expensive?", "what is on the other side?",
)  # fmt: skip
