"""Where the pages of a story come from: the grammar, or a language model that is large enough to write them."""

from __future__ import annotations

import re
from contextlib import aclosing

from visavis_agents.painting.gate import refusal
from visavis_agents.story.grammar import THE_END, Scene, Story
from visavis_models.errors import ModelError
from visavis_models.ports import Language, Message
from visavis_models.senses import Sense

PAGES = 5
LONGEST = 600  # characters of a page
BEATS = ("who is there, where, and what they wish for", "how they set out", "what goes wrong", "who helps, and how",
         "how it ends well")  # fmt: skip
PROMPT = f"""You tell a picture story for young children, aloud, page by page, in {PAGES} pages. Each page is two or \
three short, plain sentences, kind and without anything frightening. The characters keep their names, kinds and \
colours from page to page. Answer each request with exactly two lines: the words of the page, and then a line that \
begins with "Picture:" and names what is to be seen, the characters always described in the same words, for example \
"Picture: a small red fox next to an old owl in a forest at night"."""
_PICTURE = re.compile(r"^\W*(?:picture|image|illustration)\W*:\s*(?P<picture>.+)$", re.IGNORECASE | re.MULTILINE)
_MARKS = re.compile(r"[*_#`]+")
_NUMBER = re.compile(r"^\W*page \d+(?: of \d+)?\s*(?:[:.\u2014-]|$)", re.IGNORECASE | re.MULTILINE)


class Composed:
    """Pages of the grammar."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self.title, self.opening, self.pages = story.title, story.opening, len(story.scenes)

    async def scene(self, page: int) -> Scene:
        return self._story.scenes[page]


class Written:
    """Pages of a language model, each asked for when the one before is there."""

    def __init__(self, language: Sense[Language], about: str) -> None:
        self._language = language
        self._asked = f"Tell a story about {about}." if about else "Tell a story about an animal, of your own choice."
        self.title = f"A Story About {about}" if about else "A Story"
        self.opening = f"Here is a story about {about}." if about else "Here is a story."
        self.pages = PAGES
        self._messages = [Message("system", PROMPT)]

    async def scene(self, page: int) -> Scene:
        wish = f"Page {page + 1} of {PAGES}: {BEATS[page]}."
        asked = Message("user", wish if page else f"{self._asked} {wish}")
        said = ""
        steps = self._language.port.reply((*self._messages, asked), (), 200)
        async with aclosing(self._language.worker.stream(steps)) as pieces:
            async for piece in pieces:
                said += piece if isinstance(piece, str) else ""
                if len(said) > 2 * LONGEST:
                    break
        made = read_page(said)
        if made is None:
            raise ModelError("the language model wrote no page of the story")
        if refusal(made.text) or refusal(made.picture):
            raise ModelError("the language model wrote a page that is not fit for children")
        self._messages += [asked, Message("assistant", f"{made.text}\nPicture: {made.picture}")]
        return made if page + 1 < PAGES else Scene(f"{made.text} {THE_END}", made.picture)


def read_page(said: str) -> Scene | None:
    """What a model wrote as words and a picture; without a line for the picture, its first sentence is painted."""
    said = _MARKS.sub("", said)
    found = _PICTURE.search(said)
    text = " ".join(_NUMBER.sub("", said[: found.start()] if found else said).split())[:LONGEST]
    text = re.sub(r"\s*\bThe end\.?$", "", text, flags=re.IGNORECASE)
    if len(text) == LONGEST:
        text = text[: max(text.rfind(end) for end in ".!?") + 1] or text
    if not text:
        return None
    picture = found["picture"] if found else re.split(r"(?<=[.!?])\s", text)[0]
    return Scene(text, picture.strip(" .\"'")[:300])
