"""Names of things as people say them and as finders give them: is this one of those? Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ARTICLE = re.compile(
    r"^(?:(?:an?|any|the|my|our|your|his|her|their|some|this|that|these|those|another|one|one of (?:the|my)) )+"
)
_WHERE = re.compile(
    r" (?:(?:in|on|at|from|under|behind|beside|near|next to|in front of|of) (?:the|my|your|this|that|a|our|me|here)\b.*"
    r"|here|there|again|somewhere|anywhere|anymore|any more|lately|recently|before|earlier|today|outside)$"
)
_ALIKE = {
    "phone": "mobile phone", "cellphone": "mobile phone", "cell phone": "mobile phone", "smartphone": "mobile phone",
    "mug": "cup", "coffee cup": "cup", "tv": "television", "couch": "sofa", "bike": "bicycle", "spectacles": "glasses",
    "kitten": "cat", "puppy": "dog", "doggy": "dog", "kitty": "cat", "remote": "remote control", "purse": "wallet",
    "rucksack": "backpack", "keyboard": "computer keyboard", "mouse": "computer mouse", "notebook": "book",
}  # fmt: skip


def bare(words: str) -> str:
    """ "my cup on the table" -> "cup"."""
    words = _ARTICLE.sub("", words.strip())
    while (shorter := _WHERE.sub("", words)) != words:
        words = shorter
    return words


def same(wanted: str, label: str) -> bool:
    """wanted: a bare name, also in the plural. label: a finder's, such as "dog, beagle" or "water bottle"."""
    names = {part.strip().lower() for part in label.split(",")}
    forms = _singular(wanted)
    return bool(names & forms) or any(name.endswith(f" {form}") for name in names for form in forms)


def article(name: str) -> str:
    """ "cup" -> "a cup"; what is many or has an article stays as it is."""
    if name.startswith(("a ", "an ")) or (name.endswith("s") and not name.endswith(("ss", "us"))):
        return name
    return f"{'an' if name[:1].lower() in 'aeio' or name.startswith('umb') else 'a'} {name}"


def listed(parts: Sequence[str]) -> str:
    """ "a cup, a pen and a key", or empty."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def _singular(name: str) -> set[str]:
    forms = {name, name.removesuffix("s"), name.removesuffix("es")}
    if name.endswith("ies"):
        forms.add(name[:-3] + "y")
    return forms | {_ALIKE[form] for form in forms if form in _ALIKE}
