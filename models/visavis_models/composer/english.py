"""The English a request to draw is made of: plurals, numbers, colours, sizes, and the small words in between. Pure."""

from __future__ import annotations

MOST = 12  # of one thing

_IRREGULAR = {
    "mice": "mouse", "geese": "goose", "men": "man", "women": "woman", "children": "child", "people": "person",
    "feet": "foot", "teeth": "tooth", "oxen": "ox", "leaves": "leaf", "wolves": "wolf", "knives": "knife",
    "loaves": "loaf", "scarves": "scarf", "elves": "elf", "calves": "calf", "policemen": "policeman",
    "firemen": "fireman", "snowmen": "snowman", "spacemen": "spaceman", "dice": "die", "cacti": "cactus",
    "octopi": "octopus", "shelves": "shelf", "heroes": "hero", "potatoes": "potato", "tomatoes": "tomato",
    "mangoes": "mango", "buses": "bus", "dominoes": "domino", "volcanoes": "volcano", "mosquitoes": "mosquito",
    "tornadoes": "tornado", "superheroes": "superhero", "flamingoes": "flamingo", "buffaloes": "buffalo",
    "cookies": "cookie", "pies": "pie", "ties": "tie", "selfies": "selfie", "movies": "movie", "kiwis": "kiwi",
    "genies": "genie", "zombies": "zombie", "smoothies": "smoothie", "brownies": "brownie", "birdies": "birdie",
    "doggies": "doggy", "matches": "match", "grandchildren": "grandchild", "gentlemen": "gentleman",
}  # fmt: skip
_PLURAL = {one: many for many, one in _IRREGULAR.items() if many != "octopi"}
SAME = {"sheep", "fish", "deer", "shrimp", "squid", "moose", "bison", "salmon", "swine", "reindeer"}
_MASS = {
    "glasses", "sunglasses", "jeans", "shorts", "socks", "goggles", "scissors", "binoculars", "pants", "trousers",
    "stairs", "headphones", "earphones", "fries", "chips", "noodles", "sweets", "trainers", "heels", "pajamas",
}  # fmt: skip
_SINGULAR = {"rhinoceros", "lens", "gas", "christmas", "species", "bus", "mrs", "chaos"}
_PROPER = {"santa claus", "santa", "father christmas", "mrs claus", "saturn", "mount fuji"}

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "both": 2, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000, "million": 1000000,
}  # fmt: skip
ALONE = {"few", "several", "many", "dozen"}  # groups that need no "of"
GROUPS = {  # numbers when "of" follows
    "dozen": 12, "pair": 2, "couple": 2, "few": 3, "several": 5, "many": 9, "lots": 9, "plenty": 9, "loads": 9,
    "lot": 9, "bunch": 5, "group": 5, "flock": 7, "herd": 6, "row": 5, "ring": 8, "circle": 8, "crowd": 9,
}  # fmt: skip
_NAMES = "no one two three four five six seven eight nine ten eleven twelve".split()

SIZES = {
    "tiny": 0.5, "teeny": 0.5, "mini": 0.55, "miniature": 0.5, "little": 0.68, "small": 0.65, "smaller": 0.65,
    "short": 0.75, "big": 1.4, "bigger": 1.4, "large": 1.4, "larger": 1.4, "tall": 1.3, "long": 1.2, "huge": 1.8,
    "giant": 1.9, "gigantic": 2.0, "enormous": 1.9, "massive": 1.9, "great": 1.2, "fat": 1.2,
}  # fmt: skip

COLOURS: dict[str, tuple[int, int, int]] = {  # RGB
    "red": (226, 40, 42), "scarlet": (226, 40, 42), "crimson": (190, 20, 50), "orange": (245, 130, 32),
    "yellow": (250, 205, 50), "golden": (235, 180, 50), "gold": (235, 180, 50), "green": (70, 160, 60),
    "turquoise": (40, 190, 185), "teal": (20, 140, 140), "cyan": (40, 190, 220), "blue": (45, 115, 225),
    "purple": (140, 70, 190), "violet": (140, 70, 190), "magenta": (215, 50, 160), "pink": (245, 130, 180),
    "brown": (135, 84, 50), "beige": (222, 200, 165), "black": (45, 45, 50), "white": (246, 246, 248),
    "grey": (145, 150, 155), "gray": (145, 150, 155), "silver": (185, 190, 198), "navy": (30, 50, 120),
}  # fmt: skip
SHADES = {"light", "bright", "dark", "pale", "deep", "pastel", "shiny"}
ARTICLES = {"a", "an", "the", "some", "my", "your", "his", "her", "its", "our", "their", "another", "this", "that"}
KNOWN = ARTICLES - {"a", "an", "some", "another"}
PRONOUNS = {"it", "them", "him", "her", "that", "which"}
EMPTY = {  # words that name nothing that could be drawn
    "is", "are", "there", "of", "and", "to", "me", "us", "for", "please", "picture", "pictures", "drawing", "scene",
    "image", "painting", "sketch", "draw", "paint", "show", "make", "very", "really", "nice", "beautiful", "cute",
    "lovely", "pretty", "happy", "sitting", "standing", "lying", "sleeping", "playing", "running", "walking", "flying",
    "swimming", "looking", "eating", "hanging", "floating", "growing", "shining", "jumping", "sits", "stands", "lies",
    "sleeps", "plays", "runs", "walks", "flies", "swims", "looks", "eats", "shines", "that", "which", "who", "also",
    "then", "maybe", "just", "so", "too", "at", "be", "being", "was", "up", "down", "out", "its", "it", "them", "you",
    "can", "could", "would", "will", "i", "want", "like", "let's", "kind", "sort", "other", "each", "all", "own",
    "as", "where", "while", "here", "around", "have", "has", "having", "been", "do", "does", "from", "colour",
    "color", "coloured", "colored", "full", "background", "foreground", "side", "thing", "things", "anything",
    "something", "whatever", "surprise", "uh", "um", "well", "ok", "okay", "now", "today", "again", "more", "lot",
    "than", "not", "no", "one's", "thank", "thanks", "together", "by", "hello", "hey", "along", "toward", "towards",
    "size", "sized", "called", "named", "new", "old", "young", "into", "through", "dressed", "vis",
}  # fmt: skip
FREE = {"something", "anything", "whatever", "surprise", "picture", "drawing"}  # "draw something"


def is_plural(word: str) -> bool:
    """Whether a noun is one of those that are only many: eyes, grapes, glasses."""
    return word in _MASS or (bool(singulars(word)) and word not in _SINGULAR and word not in _PLURAL)


def singulars(word: str) -> tuple[str, ...]:
    """What `word` may be the plural of, likeliest first; empty when it is no plural."""
    if word in _MASS:
        return ()
    if word in _IRREGULAR:
        return (_IRREGULAR[word],)
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return ()
    forms = [word[:-1]]
    if word.endswith("ies"):
        forms.insert(0, word[:-3] + "y")
    elif word.endswith(("ches", "shes", "xes", "sses", "zes", "oes")):
        forms.insert(0, word[:-2])
    elif word.endswith("ves"):
        forms += [word[:-3] + "f", word[:-3] + "fe"]
    return tuple(forms)


def plural(noun: str) -> str:
    """ "red apple" -> "red apples"; of "cup of coffee" the head."""
    head, of, rest = noun.partition(" of ")
    first, space, last = head.rpartition(" ")
    return f"{first}{space}{_plural_word(last)}{of}{rest}"


def counted(number: int, noun: str) -> str:
    """ "a cat", "an owl", "three cats"."""
    if number == 1:
        if noun in ("sun", "moon", "earth"):
            return f"the {noun}"
        if noun in _PROPER:
            return noun.title()
        return noun if is_plural(noun.partition(" of ")[0].split()[-1]) else f"{article(noun)} {noun}"
    return f"{_NAMES[number] if number < len(_NAMES) else number} {plural(noun)}"


def article(noun: str) -> str:
    vowel = noun[:1] in "aeiou" and not noun.startswith(("uni", "use", "eu", "one", "uf"))
    return "an" if vowel or noun.startswith(("hour", "x-", "mri")) else "a"


def listed(parts: list[str]) -> str:
    """ "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _plural_word(word: str) -> str:
    if word in SAME or is_plural(word):
        return word
    if word in _PLURAL:
        return _PLURAL[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh", "z")) else "s")
