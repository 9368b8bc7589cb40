"""Telling a story with pictures, and going on with it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from visavis_agents.painting.gallery import Work
from visavis_agents.painting.gate import refusal
from visavis_agents.plain import plain
from visavis_agents.story.book import book
from visavis_agents.story.grammar import compose
from visavis_agents.story.pages import Teller
from visavis_agents.story.telling import Cue, Telling
from visavis_agents.story.wishes import wishes
from visavis_agents.story.written import Composed, Written
from visavis_agents.tools.port import Hands, ToolError, tool

KINDER = "I'd rather tell you a kinder story. How about one about a fox and the moon?"


@tool()
async def tell_story(hands: Hands, about: str = "") -> AsyncGenerator[str | Cue, None]:
    """Tell the user a story in a few pages, with a picture for each. about: whom and what it is about, or empty."""
    if refused := refusal(about) or refusal(hands.asked):
        raise ToolError(refused if "emergency" in refused else KINDER)
    number = (hands.story.number if hands.story else 0) + 1
    told = hands.told_plots
    wished = wishes(plain(about), _name(hands))
    language = hands.senses.language
    teller: Teller
    if language.port.knows:
        teller = Written(language, about.strip()[:200])
        story = Telling(number, teller, wished=wished.nouns)
    else:
        made = compose(f"{hands.session} {hands.reply}", wished, told)
        story = Telling(number, Composed(made), made.plot, wished.nouns)
    sure = hands.sure

    async def begin() -> None:
        """The user's turn is over: this story it is."""
        await sure()
        if hands.story is not None and hands.story is not story:
            hands.story.left(hands)
        hands.story = story
        if story.name and story.name not in told:
            told.append(story.name)

    async for words in story.aloud(hands, begin, partial(bound, hands)):
        yield words


@tool()
async def go_on_with_story(hands: Hands, where: str = "on") -> AsyncGenerator[str | Cue, None]:
    """Go on with the story told last. where: on (from where it was interrupted), start, or back (the page before)."""
    story = hands.story
    if story is None:
        raise ToolError("I'm not telling a story. Shall I tell you one?")
    page, sentence = story.place
    match where:
        case "start":
            story.go_to(0)
        case "back":
            story.go_to(page - 1)
        case _:
            story.go_to(page, sentence)
    async for words in story.aloud(hands, hands.sure, partial(bound, hands)):
        yield words


async def bound(hands: Hands, story: Telling) -> str:
    """The story as a file, where it can be fetched for a while. Returns its address."""
    worker = (hands.senses.painter or hands.senses.voice).worker
    data = await worker.run(book, story.teller.title, story.leaves())
    title = story.teller.title
    return hands.gallery.hang(Work(next(hands.pictures), hands.clock(), title, {"html": data}))


def _name(hands: Hands) -> str:
    """The user's, if they told it."""
    known = next((fact for fact in hands.facts if fact.startswith("Your name is ")), "")
    return known.removeprefix("Your name is ").rstrip(".").split(" ")[0]
