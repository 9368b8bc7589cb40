"""What is known of a photo from its captions, boxes and labels, as far as rules can tell. Pure.

Captions name what matters and leave out the rest, so a fact is only taken where they agree, and that a thing is absent
only of things that people would have mentioned (`eyes_concepts.toml`) or of COCO's kinds where all of them are boxed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from visavis_models.backends.eyes_concepts import Words, clean, concept, words
from visavis_models.training.eyes_photos import Photo, Thing

NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "both": 2, "pair": 2, "couple": 2}


@dataclass
class Facts:
    """present: how often each concept is told. colours: by noun. doing: what a subject does, as a sentence."""

    present: Counter[str] = field(default_factory=Counter)
    counts: dict[str, int] = field(default_factory=dict)
    colours: dict[str, str] = field(default_factory=dict)
    doing: list[tuple[str, str]] = field(default_factory=list)  # ("dog", "the dog is running in the snow")
    acts: list[tuple[str, str, str]] = field(default_factory=list)  # ("man", "holding", "a red ball")
    wearing: list[tuple[str, str]] = field(default_factory=list)  # ("man", "a red shirt")
    places: list[str] = field(default_factory=list)
    inside: str = ""
    sex: str = ""  # man or woman, where all captions agree
    main: str = ""
    absent: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    things: tuple[Thing, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()
    boxed: bool = False


def facts(photo: Photo) -> Facts:
    known, found = words(), Facts(labels=photo.labels, things=photo.things, asked=photo.asked, boxed=photo.boxed)
    captions = [clean(caption) for caption in photo.captions]
    said = [re.findall(r"[a-z'-]+", caption) for caption in captions]
    for tokens in said:
        found.present.update({known.of[token] for token in tokens if token in known.of})
    own = Counter(found.present)
    for thing in photo.things:
        found.present[concept(thing.label)] += 1
    for label in () if photo.things else photo.labels:
        found.present[known.of.get(label.split()[-1], label)] += 2
    everyone = {"man", "woman", "person"} & found.present.keys()
    if everyone:
        found.present["person"] += sum(found.present[who] for who in everyone)
    if captions or photo.boxed:
        found.absent = tuple(name for name in known.salient if name not in found.present and _told(name, photo))
    _count(found, said, known)
    _colour(found, said, known)
    for caption in captions:
        _act(found, caption, known)
    places = Counter(place for tokens in said for place in set(tokens) & known.places.keys())
    found.places = [place for place, times in places.most_common(3) if times >= 2 or len(said) < 3]
    tokens_of = [set(tokens) for tokens in said]
    inner = sum(bool(tokens & known.indoors) for tokens in tokens_of)
    outer = sum(bool(tokens & known.outdoors) for tokens in tokens_of)
    if max(inner, outer) >= 2 and min(inner, outer) == 0:
        found.inside = "indoors" if inner else "outdoors"
    men, women = own["man"], own["woman"]
    many = any(token in ("people", "couple", "group", "crowd", "men", "women") for tokens in said for token in tokens)
    if max(men, women) >= 2 and min(men, women) == 0 and not many:
        found.sex = "man" if men else "woman"
    ranked = [(times, name) for name, times in own.items() if name in known.salient]
    if ranked and max(ranked)[0] >= max(2, 0.75 * len(captions)):
        found.main = max(ranked)[1]
    return found


def _told(name: str, photo: Photo) -> bool:
    """Whether one may say that a thing which nobody names is not there."""
    return len(photo.captions) >= 4 or (photo.boxed and name in BOXED)


def _count(found: Facts, said: Sequence[list[str]], known: Words) -> None:
    if found.boxed:
        boxes = Counter(concept(thing.label) for thing in found.things)
        found.counts.update({name: times for name, times in boxes.items()})
    names = {known.of[token] for tokens in said for token in tokens if token in known.of}
    for name in names - found.counts.keys():
        forms = known.people.get(name) or known.concepts[name]
        told, single, several = [], 0, False
        for tokens in said:
            for at, token in enumerate(tokens):
                if token not in forms:
                    continue
                before = [NUMBERS[t] for t in tokens[max(0, at - 4) : at] if t in NUMBERS]
                plural = token.endswith("s") or token in ("men", "women", "people", "mice", "geese")
                if before and plural and "of" not in tokens[max(0, at - 2) : at]:
                    told.append(before[-1])
                several |= plural and not before
                single += not plural
        if told and len(set(told)) == 1 and not single and (len(told) >= 2 or not several):
            found.counts[name] = told[0]
        elif not told and not several and single >= 3 and name in known.salient:
            found.counts[name] = 1
    if {"man", "woman"} & names and "person" not in found.counts:
        man, woman = found.counts.get("man", 0), found.counts.get("woman", 0)
        if bool(man) != bool(woman) and "person" not in names and not ({"man", "woman"} <= names):
            found.counts["person"] = man or woman
        elif found.sex and "person" not in names:
            found.counts["person"] = 1


def _colour(found: Facts, said: Sequence[list[str]], known: Words) -> None:
    told: dict[str, Counter[str]] = {}
    for tokens in said:
        for at, token in enumerate(tokens):
            noun = token if token in known.clothes else known.of.get(token, "")
            if not noun or noun in known.people:
                continue
            start, colours = at - 1, list[str]()
            while start >= 0 and (
                tokens[start] in known.colours
                or (tokens[start] == "and" and colours and start and tokens[start - 1] in known.colours)
                or (not colours and tokens[start] in _BETWEEN and start)
            ):
                if tokens[start] in known.colours:
                    colours.insert(0, tokens[start].replace("gray", "grey"))
                start -= 1
            if colours:
                key = " and ".join(sorted(set(colours))[:2])
                told.setdefault(token if noun in known.clothes else noun, Counter())[key] += 1
    for noun, counter in told.items():
        (best, times), *rest = counter.most_common(2)
        if not rest or times >= 2 * rest[0][1]:
            found.colours[noun] = best


def _act(found: Facts, caption: str, known: Words) -> None:
    match = _SUBJECT.match(caption)
    if not match:
        return
    who, rest = match["who"], caption[match.end() :].strip()
    if dress := _wears().search(rest):
        article = "" if dress["noun"].endswith("s") else "a " if dress["what"][0] not in "aeio" else "an "
        found.wearing.append((who, article + dress["what"]))
    plural = who in _PLURALS or (who.endswith("s") and who not in _PLURALS)
    verb = _VERB.match(rest)
    if not verb or verb[1] in ("wearing", "being", "including", "bearing") or len(verb[2].split()) > 11:
        return
    found.doing.append((who, f"the {who} {'are' if plural else 'is'} {verb[1]}{verb[2]}".strip(" ,")))
    if verb[1] in _TRANSITIVE and (thing := _OBJECT.match(verb[2])):
        what = _AFTER.split(thing[1])[0].strip()
        if len(what.split()) >= 2:
            found.acts.append((who, verb[1], what))


@cache
def _wears() -> re.Pattern[str]:
    items, colours = "|".join(sorted(words().clothes, key=len, reverse=True)), "|".join(sorted(words().colours))
    return re.compile(
        rf"\b(?:wearing|dressed in|in)(?: an?| his| her| the)? "
        rf"(?P<what>(?:(?:{colours}|and|striped|plaid|dark|light|bright|long|short|straw|cowboy|baseball|leather|"
        rf"winter|hooded|sleeveless|colorful) ){{0,4}}(?P<noun>{items}))\b"
    )


_BETWEEN = frozenset(
    "and large small big little furry fluffy short long sleeved striped plaid hooded wet leather".split()
)
BOXED = frozenset(
    concept(label)
    for label in (
        "person;bicycle;car;motorcycle;airplane;bus;train;truck;boat;traffic light;fire hydrant;stop sign;"
        "bench;bird;cat;dog;horse;sheep;cow;elephant;bear;zebra;giraffe;backpack;umbrella;frisbee;skis;"
        "snowboard;sports ball;kite;skateboard;surfboard;tennis racket;bottle;wine glass;cup;fork;knife;spoon;"
        "bowl;banana;apple;sandwich;carrot;pizza;cake;chair;couch;bed;dining table;toilet;tv;laptop;keyboard;"
        "cell phone;oven;sink;refrigerator;book;clock;vase;teddy bear;suitcase;broccoli;donut;hot dog;orange;"
        "tie;remote;mouse;baseball bat;baseball glove;toothbrush;scissors;parking meter;microwave;toaster;"
        "hair drier"
    ).split(";")
)
_PLURALS = frozenset("men women people children sheep ladies couple geese".split())
_SUBJECT = re.compile(
    r"(?:an?|the|two|three|four|several|some|many|one|five)?\s*(?:[a-z-]+(?: and [a-z-]+)? ){0,4}?"
    r"(?P<who>men|man|women|woman|people|person|dogs?|pupp(?:y|ies)|cats?|kitten|horses?|birds?|boys?|girls?|players?"
    r"|skiers?|surfers?|snowboarder|skateboarder|cyclists?|bikers?|rider|climber|hikers?|cows?|sheep|elephants?|bears?"
    r"|zebras?|giraffes?|children|kids?|child|couple|lady|ladies|guys?|greyhounds?|runners?)(?![a-z'-])"
)
_VERB = re.compile(r"(?:(?:(?:in|with|wearing) [a-z -]{1,40}? )?(?:is|are) )?([a-z]+ing)\b(?!-)(.*)")
_OBJECT = re.compile(r" ((?:an?|the|his|her|its|their|some|two|three) [a-z' -]+)")
_AFTER = re.compile(
    r"\b(?:in|on|at|with|while|through|from|over|near|as|and|by|to|for|down|up|into|off|across|that|which|next|during"
    r"|along|behind|under|around|out)\b"
)
_TRANSITIVE = frozenset(
    "holding carrying riding catching chasing throwing playing eating pulling climbing kicking pushing reading "
    "drinking using hitting wearing watching biting chewing fetching smoking cutting feeding walking driving".split()
)
