"""What rules know for sure: the written questions, the tables, and the questions that are near them and are not theirs."""

import re
from itertools import combinations

import pytest

from visavis_agents.plain import plain, without_politeness
from visavis_agents.rules import (
    Call,
    Say,
    countries,
    curious,
    elements,
    examples,
    people,
    phrases,
    poems,
    read_tables,
    route,
    told_instead,
    vocabulary,
    works,
)
from visavis_agents.rules.animals import animal
from visavis_agents.rules.known import _ADVICE, _LISTS, answers, capitals, entries, key
from visavis_agents.rules.written import table


def test_questions_are_written_in_plain_words() -> None:
    for asked, _ in entries():
        assert plain(asked) == without_politeness(asked.lower()), asked


def test_no_two_answers_share_a_question() -> None:
    known: dict[frozenset[str], tuple[str, str]] = {}
    for asked, answer in entries():
        content = key(plain(asked))
        other, told = known.setdefault(content, (asked, answer))
        assert told == answer, f"{asked!r} and {other!r} are compared by the same words"
        assert len(content) >= 2, f"{asked!r} has too few content words"


def test_every_written_question_is_answered_as_written() -> None:
    for asked, answer in entries(_LISTS):
        assert route(f"{asked}?") == Say(answer), asked
    for asked, answer in entries(_ADVICE):
        assert (route(f"{asked}?"), told_instead(plain(f"{asked}?"))) == (None, answer), asked


def test_what_is_said_is_short_and_plain() -> None:
    for answer in {answer for _, answer in entries()}:
        assert len(answer) <= 170, answer
        assert answer.endswith((".", "?", "!")), answer
        assert not re.search(r"[()\[\]*_#/]", answer), answer


NEAR = """
Is the moon flat? | How far away is the station? | How old is the museum? | How old is my phone? | How big is your family?
Who was the first man in our house? | Who wrote this letter? | Who wrote it? | Who painted the picture at the entrance?
What is that sound? | What's that light over there? | What is this plant? | How many bones do you have? | Do you have a heart?
How many legs does your dog have? | Why is my tea blue? | Why isn't the sky green? | Why is the sky not blue today?
What is your opinion on gravity? | What do you think about photosynthesis? | Do you like volcanoes? | What a volcano!
I know why the sky is blue. | I learned how planes fly. | They told me what a comet is. | The fish sleep. | Spiders have bones.
How do planets work? | When did the last meeting end? | When was our wedding? | When did he die? | When was my grandmother born?
Where is Springfield? | Where is my capital? | Where is the remote? | Where is Tom? | Who was at the door? | Who was Frank?
What is the capital of the company? | What is the currency of the future? | What language do birds speak? | Who invented this game?
What is the biggest mistake of your life? | What is the longest film? | What's the largest room here? | What is the best planet?
How long should I stay? | How long do you live? | How long do batteries live? | How often should I call my mother?
How do I cook for twenty people? | How do I remove a tooth? | How do I remove a friend? | What helps against love?
How many players are in your band? | What is in your bag? | What is in the box? | What is a baby like? | What is a group chat?
What does my boss say? | What does the doctor say? | What do my neighbours eat?
What is another word? | Give me another word. | Another word, please. | What do your children eat? | How do I say no to my boss?
Say thank you to my mother. | What is the French capital known for? | How do you say it politely? | Was that in English?
What is a cloud? | What is depression? | What is a strike? | What is the hottest star? | Where does it come from? | What does it eat?
How many teeth does it have? | How can you see me? | What does van mean? | What does AI mean? | What does pardon mean in English?
Where is the turkey? | Give me words of love. | Name my three children. | Give me three reasons. | Give me two minutes. | Tell me some names. | I like three fruits.
"""


@pytest.mark.parametrize(
    "said", [said.strip() for line in NEAR.split("\n") for said in line.split("|") if said.strip()]
)
def test_a_near_miss_gets_no_sure_answer(said: str) -> None:
    made = route(said)
    known = set(answers().values())
    if isinstance(made, Say):
        assert made.text not in known, made
        assert made.text.startswith(("I ", "I'", "Yes, I", "You")), made  # what it says of itself
    assert told_instead(plain(said)) == ""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("What is the currency of Poland?", "The currency of Poland is the zloty."),
        ("What money do they use in the United States?", "The currency of the United States is the dollar."),
        ("What language do they speak in Australia?", "In Australia people speak English."),
        ("What's the official language of Brazil?", "In Brazil people speak Portuguese."),
        ("Which continent is Chile in?", "Chile is in South America."),
        ("Where is Kenya?", "Kenya is in Africa."),
        ("Where is Siberia?", "In the north of Asia, in Russia."),
        ("Who wrote the Magic Flute?", "Wolfgang Amadeus Mozart composed The Magic Flute."),
        ("Who's the author of Dracula?", "Bram Stoker wrote Dracula."),
        ("Who directed Jaws?", "Steven Spielberg directed Jaws."),
        ("Who painted the starry night?", "Vincent van Gogh painted The Starry Night."),
        ("When was the bicycle invented?", "Karl Drais built the first two-wheeler in 1817. It had no pedals yet."),
        ("By whom was penicillin discovered?", "Alexander Fleming, in 1928."),
        ("When was Goethe born?", "Johann Wolfgang von Goethe was born in 1749."),
        ("In what year did Mozart die?", "Wolfgang Amadeus Mozart died in 1791."),
        ("What's the chemical symbol for gold?", "The symbol of gold is A, U."),
        ("What is the atomic number of oxygen?", "The atomic number of oxygen is 8."),
        ("Which element has the number 26?", "That is iron."),
        ("What do you call a baby goat?", "The young of a goat is a kid."),
        ("What is a group of wolves called?", "A group of wolves is called a pack."),
        ("What does the cow say?", "It moos."),
        ("What do owls eat?", "Mice and other small animals."),
        ("How long do cats live?", "About fifteen years."),
        ("Give me a synonym for happy.", "Other words for happy are glad, cheerful and pleased."),
        ("What's another word for big?", "Other words for big are large, huge and great."),
        ("What rhymes with cat?", "Cat rhymes with hat, bat and mat."),
        ("Tell me a word that rhymes with love.", "Love rhymes with dove, glove and above."),
        ("What does gracias mean?", "It is Spanish for thank you."),
        ("What does drug mean in Russian?", "It is Russian for friend."),
        ("What does 'je t'aime' mean in English?", "It is French for I love you."),
        ("Name a bird.", "Sparrow."),
    ],
)  # fmt: skip
def test_what_tables_tell(said: str, words: str) -> None:
    assert route(said) == Say(words)


@pytest.mark.parametrize(
    ("said", "spoken", "written"),
    [
        ("How do I say thank you in Italian?", "Thank you in Italian is graht-see-eh.", "grazie"),
        ("How do I say thank you and Italian?", "Thank you in Italian is graht-see-eh.", "grazie"),
        ("Translate good morning into Japanese.", "Good morning in Japanese is oh-hah-yoh goh-zigh-mahss.", "おはようございます (ohayo gozaimasu)"),
        ("What's the Spanish word for friend?", "Friend in Spanish is ah-mee-goh.", "amigo"),
        ("How do you say thank you very much in Spanish?", "Thank you in Spanish is grah-see-ahs.", "gracias"),
        ("How do you say five in French?", "5 in French is sank.", "cinq"),
        ("Say I love you in German.", "I love you in German is ish lee-buh dish.", "ich liebe dich"),
    ],
)  # fmt: skip
def test_phrases_are_spoken_and_shown(said: str, spoken: str, written: str) -> None:
    made = route(said)
    assert isinstance(made, Say)
    assert made.text == spoken
    assert made.shown is not None and made.shown[1] == written


def test_lists_of_a_kind_are_told_and_shown_but_not_drawn() -> None:
    made = route("Show me a list of three fruits.")
    assert made == Say("Apple, banana and cherry.", ("3 fruits", "apple\nbanana\ncherry"))
    assert isinstance(route("Make a shopping list: milk, eggs."), Call)


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("What does empathy mean?", "Empathy: being able to feel"),
        ("Define resilience.", "Resilience: being able to recover"),
        ("What does furious mean?", ""),
        ("What does angry mean?", "Angry means about the same as furious"),
        ("Write me a short poem about the sea.", "The sea comes in"),
        ("Write a poem about taxes.", poems.OTHER),
        ("Tell me about Napoleon.", "Napoleon Bonaparte was a French general"),
        ("How do I whistle?", "Wet your lips"),
        ("What should I see in Rome?", "In Rome, the Colosseum"),
        ("What is there to do in Spain?", "In Spain, Barcelona"),
        ("Let's play chess.", "I can't play that"),
        ("What should I think about my brother?", ""),
    ],
)
def test_what_is_told_in_the_place_of_a_small_model_only(said: str, begins: str) -> None:
    assert route(said) is None
    told = told_instead(plain(said))
    assert told.startswith(begins)
    assert bool(told) == bool(begins)


def test_the_tables_are_whole() -> None:
    assert all(len(row.split(";")) == 3 for row in table("tables/countries.txt").values())
    assert set(capitals()) - set(table("tables/countries.txt")) == set()
    assert all(len(row.split(";")) == 5 for row in table("tables/animals.txt").values())
    assert all(animal(name) == name for name in table("tables/animals.txt"))
    assert len(elements.elements()) == len(set(elements.elements().values())) == 118
    assert all(
        re.fullmatch(r"|AD \d+|\d+(?: BC)?", year) for one in people.people().values() for year in (one.born, one.died)
    )
    assert all(one.told.endswith(".") for one in people.people().values())
    assert all(len(things) >= 4 for things in examples.examples().values())
    assert countries.RULES and set(works.works()) == {
        "wrote", "painted", "composed", "made", "sang", "built", "founded", "invented", "discovered",
    }  # fmt: skip


def test_phrases_can_be_said_and_written() -> None:
    languages: dict[str, set[str]] = {}
    for one in phrases.phrases():
        languages.setdefault(one.language, set()).add(one.english)
        assert re.fullmatch(r"[a-z ,-]+", one.spoken), one
        if one.english == "numbers":
            assert len(one.written.split(", ")) == len(one.spoken.split(", ")) == 10, one
    assert len(languages) >= 15
    for asked in ("yes", "no", "hello", "goodbye", "please", "thank you", "how are you", "i love you", "numbers"):
        assert all(asked in known for known in languages.values()), asked


def test_words_stand_by_other_words() -> None:
    assert len(vocabulary.synonyms()) >= 250 and len(table("tables/meanings.txt")) >= 150
    assert all(word not in others for word, others in vocabulary.synonyms().items())
    assert all(word not in others and others for word, others in vocabulary.rhymes().items())
    assert len(set(poems.poems().values())) >= 20
    assert not any(one == other for one, other in combinations(sorted(table("tables/meanings.txt")), 2))


@pytest.mark.parametrize(
    ("before", "said", "then"),
    [
        ("How do I say thank you in Italian?", "And in French?", "Thank you in French is mair-see."),
        ("How do I say thank you in Italian?", "And goodbye?", "Goodbye in Italian is ah-ree-vay-dair-chee."),
        ("How do I say thank you in Italian?", "What about German?", "Thank you in German is dahn-kuh."),
        ("Who was Napoleon?", "When was he born?", "Napoleon Bonaparte was born in 1769."),
        ("When was Napoleon born?", "And when did he die?", "Napoleon Bonaparte died in 1821."),
        (
            "Who wrote Anna Karenina?",
            "Who was he?",
            "Leo Tolstoy was a Russian novelist, who wrote War and Peace and Anna Karenina.",
        ),
        ("What's the capital of Italy?", "And of France?", "The capital of France is Paris."),
        ("What's the currency of Japan?", "What about Sweden?", "The currency of Sweden is the Swedish krona."),
        ("What language do they speak in Brazil?", "And in Chile?", "In Chile people speak Spanish."),
    ],
)
def test_a_question_that_goes_on(before: str, said: str, then: str) -> None:
    first = route(before)
    assert isinstance(first, Say)
    made = route(said, first.text)
    assert isinstance(made, Say)
    assert made.text == then
    assert route(said) != made


def test_what_is_not_in_the_tables_is_not_made_up() -> None:
    assert told_instead(plain("What rhymes with silver?")) == "I know no rhyme for silver, sorry."
    assert told_instead(plain("Give me a synonym for xylophone.")) == "I know no other word for xylophone, sorry."


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("What year did World War Two end?", "It ended in 1945."),
        ("What's the biggest planet in the solar system?", "Jupiter is the largest planet. It is more than eleven times as wide as the earth."),
        ("What's the capital of Texas?", "The capital of Texas is Austin."),
        ("What is the capital of Georgia?", "The capital of Georgia is Tbilisi for the country, and Atlanta for the American state."),
        ("Is Kenya in Africa?", "Yes, Kenya is in Africa."),
        ("Is Japan in Europe?", "No, Japan is in Asia."),
        ("Is Russia in Europe or Asia?", "Russia is in both Europe and Asia."),
        ("What is Marie Curie famous for?", "Marie Curie was a physicist and chemist who studied radioactivity and won two Nobel prizes."),
        ("Who sang Thriller?", "Michael Jackson sang Thriller."),
    ],
)  # fmt: skip
def test_the_same_in_other_words(said: str, words: str) -> None:
    assert route(said) == Say(words)


def test_tables_are_read_before_the_first_question() -> None:
    read_tables()
    read = (
        answers, people.people, works.works, phrases.phrases, phrases._by_written, vocabulary.synonyms, vocabulary.rhymes,
        poems.poems, curious.facts, examples.examples, elements.elements, table,
    )  # fmt: skip
    assert all(one.cache_info().currsize for one in read)


def test_curious_facts_by_their_subject() -> None:
    first = told_instead(plain("Tell me a fun fact about cats."))
    assert "cat" in first
    second = told_instead(plain("Another fact about cats."), first)
    assert "cat" in second and second != first
    assert told_instead(plain("Tell me something interesting about tax forms.")) == ""
