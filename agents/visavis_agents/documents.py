"""Documents of a folder as passages: single sentences, each with the heading it stands under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

KINDS = (".txt", ".md", ".html", ".htm")
LARGEST = 2 << 20  # bytes of one document
MOST = 5000  # passages
_ENDS = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATED = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|approx|e\.g|i\.e|etc|vs|[A-Z])\.$")
_LEANS = re.compile(r"(?:It|They|This|These|That|Those|He|She|There|Then|Otherwise|Also|But|And|Both)\b")
_BULLET = re.compile(r"^\s*(?:[-*+\u2022]|\d+[.)])\s+")


class DocumentError(ValueError):
    """The folder cannot be read; the message says what to do."""


def title(heading: str) -> str:
    """The last of the headings that something stands under."""
    return heading.split(", ")[-1]


@dataclass(frozen=True, slots=True)
class Passage:
    """document: path in the folder. text: as it stands there. before: the sentence it leans on ("It ..."), or empty."""

    document: str
    heading: str
    text: str
    before: str = ""

    @property
    def whole(self) -> str:
        """With what it leans on: it can be understood alone."""
        return f"{self.before} {self.text}" if self.before else self.text


def read(folder: Path) -> list[Passage]:
    """All passages of a folder, file by file. Raises DocumentError."""
    if not folder.is_dir():
        raise DocumentError(
            f"the folder of documents {folder} is not there: correct the role's knowledge or agent.knowledge"
        )
    passages: list[Passage] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.suffix.lower() not in KINDS or not path.is_file() or any(part.startswith(".") for part in name.parts):
            continue
        if path.stat().st_size > LARGEST:
            raise DocumentError(f"the document {path} is larger than {LARGEST >> 20} MB: split it")
        text = path.read_text("utf-8", errors="replace")
        passages += passages_of(str(name), html_as_text(text) if path.suffix.lower().startswith(".htm") else text)
        if len(passages) > MOST:
            raise DocumentError(f"the documents in {folder} have more than {MOST} sentences: use fewer")
    if not passages:
        raise DocumentError(f"the folder {folder} holds no sentence in a {', '.join(KINDS)} file")
    return passages


def passages_of(document: str, text: str) -> Iterator[Passage]:
    """text: plain, with markdown headings, bullets and paragraphs."""
    headings: list[str] = []
    for block in _blocks(text):
        if found := re.match(r"(#{1,6})\s+(.+?)\s*#*$", block):
            headings[len(found[1]) - 1 :] = [_unmarked(found[2])]
            continue
        before = ""
        for sentence in _sentences(_unmarked(block)):
            leans = bool(before) and bool(_LEANS.match(sentence))
            yield Passage(document, ", ".join(filter(None, headings[-2:])), sentence, before if leans else "")
            before = f"{before} {sentence}" if leans and len(before) < 200 else sentence


def _blocks(text: str) -> Iterator[str]:
    """Headings, bullets, rows of a table, and paragraphs, each as one line."""
    paragraph: list[str] = []
    for line in [*text.splitlines(), ""]:
        whole = bool(re.match(r"#{1,6}\s", line)) or bool(_BULLET.match(line)) or line.lstrip().startswith("|")
        if (whole or not line.strip()) and paragraph:
            yield " ".join(paragraph)
            paragraph = []
        if re.match(r"#{1,6}\s", line):
            yield line.strip()
        elif line.strip() and not re.fullmatch(r"[\s|:=-]+", line):
            paragraph.append(_BULLET.sub("", line).strip())


def _sentences(block: str) -> Iterator[str]:
    start = 0
    for end in [*_ENDS.finditer(block), None]:
        sentence = block[start : end.start() if end else len(block)].strip()
        if end and _ABBREVIATED.search(sentence):
            continue
        start = end.end() if end else len(block)
        if re.search(r"\w{2}", sentence):
            yield sentence if sentence[-1] in ".!?:;" else f"{sentence}."


def _unmarked(text: str) -> str:
    """Without markdown: emphasis, code, links (their words stay), bars of tables."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", text)
    return re.sub(r"\s+", " ", text.replace("|", ", ").strip(" ,")).replace(" ,", ",")


class _Text(HTMLParser):
    """The words of a page as markdown: headings, list items, paragraphs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.made: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "head", "nav")
        if re.fullmatch(r"h[1-6]", tag):
            self.made.append(f"\n\n{'#' * int(tag[1])} ")
        elif tag == "li":
            self.made.append("\n- ")
        elif tag in ("p", "div", "tr", "br", "table", "section", "ul", "ol", "dt", "dd"):
            self.made.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "head", "nav") and self._hidden > 0
        if re.fullmatch(r"h[1-6]|p|li|td|tr", tag):
            self.made.append(" " if tag == "td" else "\n\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.made.append(re.sub(r"\s+", " ", data))


def html_as_text(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.made)
