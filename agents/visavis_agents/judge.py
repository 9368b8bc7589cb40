"""What a sound over a reply was: a person's words, a listener's "mm-hm", or a cough, music, the room.

Two judges. `weigh` listens while the sound goes on and knows only the voice activity's probabilities: it says how much
the sound is like a voice, the sooner the clearer it is. `judge` reads transcripts and decides who has the turn.

Measured over a reply on 186 recorded sentences and on 99 coughs, hums, laughs, kitchens, streets and pieces of music:
half of the sentences are a VOICE 0.12 s after their true onset, 95 % after 0.26 s; of the other sounds three in four
never are, and those that are come out of a throat.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from visavis_agents.commands import command, may_become_one

# --- how much a sound is like a voice --------------------------------------------------------------------------------


class Likeness(enum.Enum):
    NOTHING = "nothing"
    SOUND = "sound"  # something is heard that may become a voice
    VOICE = "voice"


HEARD = 0.4  # probability of speech from which on a frame of 32 ms is a sound
SILENT = 0.2  # below this a frame is none
DOUBT = 0.7  # probability at which a frame speaks neither for a voice nor against it
VOICE = 0.4  # sum of the probabilities above DOUBT that is a voice: two clear frames, five faint ones
PATIENCE = 16  # frames; a sound that is no voice by then is noise, and the reply is not ducked for it any longer
SILENCE = 5  # silent frames in a row after which a sound is over


@dataclass(frozen=True, slots=True)
class Evidence:
    """score: what speaks for a voice. frames: since the sound began, 0 without one. silent: frames in a row."""

    score: float = 0.0
    frames: int = 0
    silent: int = 0

    @property
    def likeness(self) -> Likeness:
        if self.score >= VOICE:
            return Likeness.VOICE
        return Likeness.SOUND if 0 < self.frames <= PATIENCE else Likeness.NOTHING


def weigh(evidence: Evidence, probability: float) -> Evidence:
    """The evidence with one more frame of 32 ms. What was once a voice stays one until it is silent."""
    silent = evidence.silent + 1 if probability < SILENT else 0
    if silent >= SILENCE or (not evidence.frames and probability < HEARD):
        return Evidence()
    score = evidence.score
    if score < VOICE:
        score = 0.0 if silent else max(0.0, score + probability - DOUBT)
    return Evidence(score, evidence.frames + 1, silent)


# --- what a transcript means -----------------------------------------------------------------------------------------

# Sounds and words by which a listener says "go on". A longer utterance is never one of these.
_LISTENING = frozenset(
    "yeah yah yep yes yup ok okay right sure wow cool nice great really i see got it alright exactly true well "
    "aha".split()
)
_HUMMING = re.compile(r"(?:[aeou]+h+|h*m+|u+m+|e+r+m*|h+a+|h+u+h+)+")  # mm, hm, uh-huh, ah, oh, um, haha
_LONGEST_HUM = 12  # letters
_BEGINNING = frozenset("i i'm i'd i'll we he she they it's a an the my your and or but if because than very".split())
_WORD = re.compile(r"[a-z0-9']+")
SHORT = 2  # real words; a recognizer makes one or two of a cough or a laugh, but hardly three
ECHOED = 0.8  # share of the words
_AFFIRMING = re.compile(r"m+h+m+|u+h+h+u+h+|a+h+a+h*|h+u+h+")  # mm-hm, uh-huh; "huh?" asks
SURE_ALONE = -0.75  # into the silence: short words of people, in noise and rooms, -0.68 and more; of coughs -0.86
SURE_HUM = -0.5  # and a hum that says yes: -0.46; coughs and laughter -0.53 and less
SURE = -0.42  # one or two words are believed from here on (see `sureness`): people -0.4 and more, coughs -0.43 and less


class Judgement(enum.Enum):
    """The value is the reason given when the utterance is not answered."""

    NOTHING = "no words"
    BACKCHANNEL = "listening sounds"
    UNSURE = "no clear words"
    WORDS = "words"


def sureness(belief: float, voice: float) -> float:
    """How sure words were said; 0 is sure. belief: the recognizer's mean log-probability; voice: mean probability of
    speech in the voiced frames."""
    return belief + min(0.0, voice - 0.8)


def judge(text: str, sure: float = 0.0) -> Judgement:
    """What a finished utterance over a reply was. text: its transcript; sure: `sureness` of it."""
    words, real = _words(text)
    if not words:
        return Judgement.NOTHING
    if not real and len(words) <= 4:
        return Judgement.BACKCHANNEL
    if len(real) <= SHORT and (sure < SURE or hangs(text)) and command(text) is None:
        return Judgement.UNSURE
    return Judgement.WORDS


def alone(text: str, sure: float = 0.0) -> Judgement:
    """What a finished utterance into the silence was: the first word of a conversation, or a cough, an "um"."""
    words, real = _words(text)
    if not words:
        return Judgement.NOTHING
    if all(map(_hums, words)):
        says_yes = sure >= SURE_HUM and any(map(_AFFIRMING.fullmatch, words))
        return Judgement.WORDS if says_yes else Judgement.BACKCHANNEL
    if len(real) <= SHORT and sure < SURE_ALONE and command(text) is None:
        return Judgement.UNSURE
    return Judgement.WORDS


def real_words(text: str) -> int:
    """How many words are more than listening."""
    return len(_words(text)[1])


def takes_the_turn(text: str, sure: float = 0.0, least: int = 2) -> bool:
    """Is a transcript that may still change certainly an interruption? `least` real words are, and no command is."""
    return real_words(text) >= least and judge(text, sure) is Judgement.WORDS and not may_become_one(text)


def hangs(text: str) -> bool:
    """Do its words only begin something? Nobody interrupts with "if I" and no more."""
    words = _words(text)[0]
    return bool(words) and words[-1] in _BEGINNING and not text.endswith("?")


def echoes(text: str, said: Sequence[str]) -> bool:
    """Are the words of a transcript among those we said last, in their order? A command never is an echo."""
    words, ours = _words(text)[0], _words(" ".join(said))[0]
    same = sum(block.size for block in SequenceMatcher(None, words, ours, autojunk=False).get_matching_blocks())
    return bool(words) and same >= ECHOED * len(words) and command(text) is None


def _words(text: str) -> tuple[list[str], list[str]]:
    """All words, and those that are more than listening."""
    words = _WORD.findall(text.lower().replace("-", ""))
    return words, [word for word in words if word not in _LISTENING and not _hums(word)]


def _hums(word: str) -> bool:
    return len(word) <= _LONGEST_HUM and _HUMMING.fullmatch(word) is not None
