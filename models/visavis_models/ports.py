"""The ports: one small protocol per ability, in our own types.

A backend is one module with `load(settings: BackendSettings, packs: Packs) -> Port`, found by its entry point
`ability.name` in the group `visavis.backends`. All calls here are blocking and run on a worker thread
(`workers.py`), never on the event loop. Generators are closed to cancel: a step must be short (a token, a clause, a
denoising step). Every method raises `ModelError` and nothing else for what a user can cause or fix.

Sound is float32, mono, in [-1, 1]; recognition side at 16 kHz. Pictures are (height, width, 3) uint8, RGB.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.float32]
Picture = NDArray[np.uint8]

HEARING_RATE = 16_000  # samples per second of everything that is listened to


class Word(msgspec.Struct, frozen=True):
    """A word and where it lies in its own sound, in seconds from that sound's first sample."""

    text: str
    start_s: float
    end_s: float


class Transcript(msgspec.Struct, frozen=True):
    """Recognized text with case and punctuation, and its words in order (empty text: no words were said).

    belief: mean log-probability of its tokens, 0 at best; 0 also where a recognizer cannot tell.
    """

    text: str
    words: tuple[Word, ...] = ()
    belief: float = 0.0


class Spoken(msgspec.Struct, frozen=True):
    """A piece of synthesized speech. words: empty where a voice gives no times of its own."""

    pcm: Any  # Pcm, (samples,)
    rate: int  # samples per second
    words: tuple[Word, ...] = ()


class ToolCall(msgspec.Struct, frozen=True):
    """A language model asks for a tool. id links the answer to the call."""

    name: str
    arguments: dict[str, Any]
    id: str = ""


class ToolSpec(msgspec.Struct, frozen=True):
    """What a language model is told about a tool. parameters: JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]


class Message(msgspec.Struct, frozen=True):
    """One entry of the history given to a language model."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    calls: tuple[ToolCall, ...] = ()  # role assistant: the tools it asked for
    call_id: str = ""  # role tool: which call this answers
    pictures: tuple[Any, ...] = ()  # role user: Pictures, for models that see


class Box(msgspec.Struct, frozen=True):
    """Top-left corner and size, as fractions of the picture."""

    x: float
    y: float
    w: float
    h: float


class Found(msgspec.Struct, frozen=True):
    """Something found in a picture. score in [0, 1]; box is None for a label of the whole picture."""

    kind: Literal["thing", "face", "hand", "text"]
    label: str
    score: float
    box: Box | None = None


class Face(msgspec.Struct, frozen=True):
    """A face in a picture: where it is and what it does, and nothing of whose it is.

    roll, yaw, pitch: of the head, in degrees; 0 is upright and towards the camera, yaw > 0 turned to the picture's
    right, pitch > 0 down. mouth: its height, lips included, in heights of the face; None where that cannot be told: too
    small, too dark, turned too far."""

    box: Box
    roll: float
    yaw: float
    pitch: float
    mouth: float | None = None


class Painting(msgspec.Struct, frozen=True):
    """A picture on its way: previews with done=False, then exactly one with done=True."""

    picture: Any  # Picture
    done: bool
    progress: float  # 0..1
    alt: str = ""  # what is on it, in words
    note: str = ""  # said aloud, e.g. what could not be drawn
    svg: str = ""  # the finished picture as a self-contained SVG file, from painters that draw in shapes
    scene: Any = None  # what the painter needs to go on from here; nobody else looks into it
    frames: tuple[Any, ...] = ()  # of a short clip, Pictures of one size in order; picture is one of them
    fps: float = 0.0  # frames of the clip a second


Life = Literal["still", "sway", "hop", "float", "drift"]


class Layer(msgspec.Struct, frozen=True):
    """A thing in a painting by itself. x, y: its top-left corner, as fractions of the picture; depth: 0 far, 1 near.

    life: how it moves when the picture is made to move; a backdrop is still."""

    pixels: Any  # (height, width, 4) uint8, RGB and straight alpha
    x: float
    y: float
    depth: float = 0.0
    life: Life = "still"


class VoiceActivityStream(Protocol):
    """One listener's state."""

    def probability(self, pcm: Pcm) -> float:
        """pcm: (512,) = 32 ms at 16 kHz. The probability that somebody speaks in it."""


class VoiceActivity(Protocol):
    def open(self) -> VoiceActivityStream: ...


class TurnEnd(Protocol):
    def probability(self, pcm: Pcm) -> float:
        """pcm: (samples,), 16 kHz, the end of what was said (8 s are used). The probability that it is complete."""


class RecognizerStream(Protocol):
    """One utterance. Called with ALL sound of the utterance so far; may keep what it knows between calls."""

    def partial(self, pcm: Pcm) -> Transcript:
        """Best transcript so far, as cheap as possible; with word times where they cost nothing. pcm: as in final."""

    def final(self, pcm: Pcm) -> Transcript:
        """Transcript with word times. pcm: (samples,), 16 kHz; may be called again with more sound."""


class SecondLook(Protocol):
    """Optional further face of a `RecognizerStream` that can look at the same sound in another way."""

    def again(self, pcm: Pcm) -> Transcript:
        """After `final`, with time to spare: what was written then, or what is written now if that is believed more."""


class Recognizer(Protocol):
    def open(self) -> RecognizerStream: ...


class Language(Protocol):
    sees: bool  # accepts Message.pictures
    knows: bool  # what it says about the world can be relied on; else facts are left to rules and documents
    calls_tools: bool  # can be given ToolSpecs
    concurrency: int  # replies it can generate at once (1 for a local model)

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str | ToolCall, None, None]:
        """Pieces of text as they are generated (joined as they are), and tool calls when complete."""

    def warm(self, messages: Sequence[Message]) -> None:
        """Prepare for a reply whose messages begin with these (prefix cache); may do nothing.

        A last message of the user may still grow."""


@runtime_checkable
class Rests(Protocol):
    """Optional further face of a Language backend that keeps something for conversations."""

    def rest(self) -> None:
        """Nobody talks now: give back what was kept."""


class Vision(Protocol):
    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        """Answer words about the pictures (oldest first), in pieces; plain spoken English."""


@runtime_checkable
class Finder(Protocol):
    """Optional second face of a Vision backend that can name and place what it sees."""

    def find(self, picture: Picture) -> tuple[Found, ...]: ...


@runtime_checkable
class Names(Protocol):
    """Optional further face of a Finder that knows what it can name."""

    def names(self) -> tuple[str, ...]:
        """All labels of things that find() may give."""


@runtime_checkable
class Foresight(Protocol):
    """Optional further face of a Vision backend that can encode a picture before it is asked about."""

    def prepare(self, picture: Picture, words: str = "") -> None:
        """What answer() needs of the picture is worked out now and kept for the next calls with the same array.

        words: the question, as far as it has been asked; what it does not need may be left out."""


@runtime_checkable
class Pointed(Protocol):
    """Optional further face of a Vision backend that sees what a hand does."""

    def pointed(self, picture: Picture) -> Box | None:
        """The part of the picture before a pointing finger, or round what a hand holds up; None: no hand."""


@runtime_checkable
class PictureEmbedder(Protocol):
    """Optional further face of a Vision backend that puts pictures among the words about them."""

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """(pictures, dimensions), each row of length 1, in the space of the embedder: a dot product compares."""


class Faces(Protocol):
    def faces(self, picture: Picture, known: Sequence[Face] = ()) -> tuple[Face, ...]:
        """The faces in a picture, nearest first. known: those of the picture just before; they are followed, which is
        cheaper and steadier than looking for them again, and new ones are only looked for when one of them is lost."""


class Reader(Protocol):
    def read(self, picture: Picture) -> tuple[Found, ...]:
        """Lines of text in reading order, kind="text"."""


class Voice(Protocol):
    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        """Sound of a clause or sentence, in one or more pieces. pace 1.0 normal, 2.0 twice as fast."""


class Painter(Protocol):
    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        """size: (width, height) wished for."""


@runtime_checkable
class Editor(Protocol):
    """Optional further face of a Painter that can change a picture it has painted.

    With the attribute `pixels = True` it paints over any picture, a photograph too; the others need their own."""

    def edit(self, before: Painting, request: str) -> Generator[Painting, None, None]:
        """Go on from a finished Painting as `request` says ("make it bigger", "add a tree", "undo that"); steps as of
        paint, at the size of before. Where before.scene is None, before.picture and before.alt are all there is.

        The last one's note says what was not done. Raises ModelError, in words to say aloud, when nothing was."""


@runtime_checkable
class Layered(Protocol):
    """Optional further face of a Painter whose pictures can be taken apart."""

    def layers(self, painting: Painting, size: tuple[int, int]) -> Sequence[Layer]:
        """Of a finished painting, rendered for a picture of that (width, height); farthest first, the first one filling
        it. Empty: it cannot be taken apart."""


class Embedder(Protocol):
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, dimensions), each row of length 1."""


Options = Mapping[str, Any]
