"""Questions for our eyes, made by rule: what captions and boxes say is asked, what they do not say is not claimed."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from visavis_models.backends.eyes_asked import absent, doubt, is_there, scene, side, spoken, things, way
from visavis_models.backends.eyes_concepts import mentioned
from visavis_models.backends.eyes_pooled import Chance
from visavis_models.backends.eyes_words import ANSWER, ASK, DESCRIBE, END, MARKS, Vocabulary, plain
from visavis_models.training.eyes_facts import Facts, facts
from visavis_models.training.eyes_marking import CANT_TELL, Asked, an, plural, right
from visavis_models.training.eyes_photos import NoPhotos, Photo, Thing, View, read, views
from visavis_models.training.eyes_questions import Together, ask
from visavis_models.training.eyes_scores import bleu4, cider
from visavis_models.training.eyes_texts import LONGEST, ROW, Row, row

DOGS = (
    "Two black dogs are running in the snow.",
    "Two dogs run through the snow.",
    "Two black dogs play in the snow",
    "The two dogs are playing outside in the snow.",
    "Two black dogs running.",
)
RIDER = (
    "A man in a red shirt is riding a blue bicycle on the street.",
    "A man is riding a bike down the street.",
    "A man wearing a red shirt rides a blue bike.",
    "A man on a bicycle.",
    "The man rides a bicycle on a street.",
)


WHOLE = View()


def photo(captions: tuple[str, ...] = (), things: tuple[Thing, ...] = (), labels: tuple[str, ...] = ()) -> Photo:
    return Photo("set/one", Path("none"), 0, 0, captions, things, labels, "", (), bool(things))


def asked(known: Facts, kind: str, seeds: int = 40, view: View = WHOLE) -> list[Asked]:
    together = Together([facts(photo(DOGS)), facts(photo(RIDER)), known])
    return [each for seed in range(seeds) for each in ask(known, view, together, Random(seed)) if each.kind == kind]


def test_what_captions_agree_on_is_known() -> None:
    dogs, rider = facts(photo(DOGS)), facts(photo(RIDER))
    assert dogs.counts["dog"] == 2 and dogs.colours["dog"] == "black" and dogs.places[0] == "snow"
    assert dogs.main == "dog" and dogs.inside == "outdoors"
    assert rider.colours["shirt"] == "red" and rider.colours["bicycle"] == "blue" and rider.sex == "man"
    assert ("man", "riding", "a blue bicycle") in rider.acts
    assert {"cat", "umbrella"} <= set(dogs.absent) and "dog" not in dogs.absent and "tree" not in dogs.absent


def test_captions_that_disagree_are_not_asked_about() -> None:
    known = facts(photo(("A red ball.", "A blue ball.", "Two dogs and a ball.", "Three dogs.")))
    assert "ball" not in known.colours and "dog" not in known.counts


@pytest.mark.parametrize(
    ("captions", "kind", "answers"),
    [
        (DOGS, "how many", {"I see two dogs."}),
        (DOGS, "where", {"It's in the snow."}),
        (DOGS, "what", {"It's a dog."}),
        (RIDER, "wearing", {"The man is wearing a red shirt."}),
        (RIDER, "doing what to", {"The man is riding a blue bicycle.", "The man is riding a bike."}),
        (RIDER, "who", {"I see a man."}),
    ],
)
def test_questions_of_a_kind(captions: tuple[str, ...], kind: str, answers: set[str]) -> None:
    made = asked(facts(photo(captions)), kind)
    assert {each.answer for each in made} - {"I see one bicycle."} and {each.answer for each in made} <= answers | {
        "I see one bicycle."
    }
    assert all(right(each, each.answer) for each in made)


def test_yes_and_no_come_equally_often_and_are_true() -> None:
    made = asked(facts(photo(DOGS)), "is there")
    assert sum(each.key == "yes" for each in made) == sum(each.key == "no" for each in made) > 0
    for each in made:
        assert bool(mentioned(each.question) & {"dog", "snow", "person"}) == (each.key == "yes")


def test_what_is_not_there_is_said_not_to_be() -> None:
    for each in asked(facts(photo(DOGS)), "not there"):
        assert each.answer.startswith("I don't see") and not mentioned(each.question) & {"dog", "snow"}
    assert {each.answer for each in asked(facts(photo(DOGS)), "can't tell", 200)} == {CANT_TELL}


def test_sides_follow_the_mirror() -> None:
    things = (Thing("cat", 0.05, 0.3, 0.2, 0.4), Thing("dog", 0.7, 0.3, 0.25, 0.4))
    known = facts(photo((), things))
    for mirrored in (False, True):
        for each in asked(known, "which side", view=View(mirrored=mirrored)):
            assert ("left" in each.answer) == (("cat" in each.answer) != mirrored)
        for each in asked(known, "left or right of", view=View(mirrored=mirrored)):
            assert ("left" in each.answer) == (each.answer.startswith("The cat") != mirrored)


def test_a_part_of_a_photo_keeps_what_lies_in_it() -> None:
    things = (Thing("cat", 0.0, 0.0, 0.2, 0.2), Thing("dog", 0.5, 0.5, 0.4, 0.4))
    (left,) = View(0.25, 0.25, 0.75, 0.75).things(things)
    assert (left.label, round(left.x, 3), round(left.w, 3)) == ("dog", 0.333, 0.533)
    assert views("a name") == views("a name") != views("another")


@pytest.mark.parametrize(
    ("key", "answer", "good"),
    [
        ("yes", "Yes, I see a dog.", True),
        ("no", "Yes, I see a dog.", False),
        ("colour:black white", "It is white and black.", True),
        ("colour:black", "It is black and white.", False),
        ("count:2", "I see two dogs.", True),
        ("count:1", "I see a dog.", True),
        ("count:many", "I see many dogs.", True),
        ("thing:dog", "It's a puppy.", True),
        ("thing:wine glass", "It's a wine glass.", True),
        ("side:left", "The dog is on the left.", True),
        ("side:left", "The dog is left and right.", False),
        ("things:dog;ball", "I see two dogs and a ball.", True),
        ("things:dog", "I see a dog and a cat.", False),
        ("cannot", "I can't tell.", True),
        ("cannot", "It is red.", False),
    ],
)
def test_marking(key: str, answer: str, good: bool) -> None:
    assert right(Asked("", "", "", key), answer) == good


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789',-"
    pieces = [*MARKS, *letters, *(f"##{letter}" for letter in letters), "dog", "two", "is", "the", "snow", "in"]
    path = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    path.write_text("\n".join(pieces))
    return Vocabulary(path)


@pytest.mark.parametrize("text", ["two dogs, in the snow", "i can't tell", "it's a t-shirt", ""])
def test_pieces_and_back(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.text([DESCRIBE, *vocabulary.pieces(text), END]) == text


def test_plain_words_of_a_hostile_question() -> None:
    assert plain("  What COLOR is\u2019t?\x00 <b>\n") == "what colour is't b"


def test_a_row_is_bounded_and_only_answers_count(vocabulary: Vocabulary) -> None:
    known = facts(photo(DOGS))
    made = row(photo(DOGS), known, View(), 0, Together([known]), vocabulary, Random(1), 0.0)
    assert 0 < len(made.pieces) <= ROW + LONGEST
    assert len(made.pieces) == len(made.goals) == len(made.texts) == len(made.places) and max(made.places) < LONGEST
    one = Row("", 0, False, [], [], [], [])
    one.add([ASK, 40, ANSWER], [41, END])
    assert (one.pieces, one.goals, one.places) == ([ASK, 40, ANSWER, 41], [0, 0, 41, END], [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("question", "to"),
    [
        ("What do you see?", "describe"),
        ("Describe the scene, please.", "describe"),
        ("What's in front of me?", "describe"),
        ("How many fingers am I holding up?", "finders"),
        ("Can you see me?", "finders"),
        ("What am I holding?", "finders"),
        ("What colour is the dog?", "ask"),
        ("What colour is this?", "finders"),
        ("What is this?", "name"),
        ("Is there a cup?", "there"),
        ("Can you see any dogs?", "there"),
        ("Can you see what the man is holding?", "ask"),
        ("Is it indoors or outdoors?", "ask"),
        ("Which objects are on the desk?", "things"),
    ],
)
def test_who_answers(question: str, to: str) -> None:
    assert way(question) == to


SEEN = {
    "dog": Chance(0.9, 3.0),
    "ball": Chance(0.3, 0.7),
    "snow": Chance(0.8, 2.0),
    "cat": Chance(0.02, -2.0),
    "cup": Chance(0.1, -0.5),
    "person": Chance(0.8, 0.2),
    "man": Chance(0.4, 0.5),
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is there a dog?", "Yes, I see a dog."),
        ("Do you see any puppies?", "Yes, I see a dog."),
        ("Is there a ball?", "Yes, I think I see a ball."),
        ("Can you see snow?", "Yes, I see snow."),
        ("Is there a cup?", "No, I don't think I see a cup."),
        ("Is there a cat?", "No, I don't see a cat."),
        ("Is there a dog and a cat?", ""),
        ("Is there a dragon?", ""),
    ],
)
def test_whether_a_thing_is_there(question: str, answer: str) -> None:
    assert is_there(question, SEEN) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where is this?", "I think it's on the beach."),
        ("Is it indoors or outdoors?", "It's outdoors."),
        ("Are we outside?", "It's outdoors."),
        ("Where is the dog?", ""),
        ("What is inside the box?", ""),
    ],
)
def test_where_this_is(question: str, answer: str) -> None:
    chances = SEEN | {"@on the beach": Chance(0.6, 2.0), "@outdoors": Chance(0.9, 1.0), "@indoors": Chance(0.1, -1.0)}
    assert scene(question, chances) == answer


def test_where_nobody_can_tell_the_place() -> None:
    chances = {"@on the beach": Chance(0.2, 0.3), "@outdoors": Chance(0.9, 1.0)}
    assert scene("Where is this?", chances) == ""  # the decoder is asked
    assert side("Where is this?", chances) == "I can't tell where, but I think it's outdoors."
    assert side("Where is the dog?", chances) == side("Where is this?", {}) == ""


def test_a_question_that_takes_for_granted_what_is_not_there() -> None:
    assert absent("What colour is the horse?", SEEN | {"horse": Chance(0.0001, -7.0)}) == "I don't see a horse."
    assert absent("What colour is the cat?", SEEN) == absent("What is the man doing?", SEEN) == ""


def test_things_named_unasked_and_things_not_to_be_believed() -> None:
    assert things(SEEN) == "I see a person, a dog and snow."
    assert things({"cat": SEEN["cat"]}) == ""
    assert doubt("a dog runs in the snow", SEEN) == 0 and doubt("a cat in the snow", SEEN) == 2.0
    assert doubt("a woman with a cat", SEEN | {"woman": Chance(0.01, -3.0)}) == 2.0  # somebody is there
    nobody = {name: Chance(0.01, -3.0) for name in ("man", "woman", "person")}
    assert doubt("a man and a woman", nobody) == 3.0


def test_spoken() -> None:
    assert spoken("yes, i see a dog") == "Yes, I see a dog." and spoken("") == ""
    assert [an("umbrella"), an("snow"), plural("bench"), plural("person")] == [
        "an umbrella",
        "snow",
        "benches",
        "people",
    ]


def test_scores_of_captions() -> None:
    told = [["a dog runs in the snow", "a black dog is running"], ["a man rides a bike", "a man on a bike"]]
    own = [each[0] for each in told]
    assert bleu4(own, told) == 1.0
    assert cider(own, told) > 4 > cider(["a dog runs", "a bike"], told) > 0 == cider(["x", "y"], told)
    assert bleu4(["a dog", "a man"], told) == 0.0


def test_nothing_to_learn_from_says_what_to_bring(tmp_path: Path) -> None:
    for given in ([], [tmp_path], [tmp_path / "none.jsonl"]):
        with pytest.raises(NoPhotos, match=r"--photos|captions\.txt"):
            read(given)
