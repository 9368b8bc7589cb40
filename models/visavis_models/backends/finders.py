"""The embedded eyes: small networks that each find one kind of thing, and rules that say it in words.

Things by EfficientNet-Lite0 (the whole picture, its middle, its quarters, and what a hand holds or points at), faces,
hands and bodies by MediaPipe's finders, colours by counting. It answers what these can know and says what they cannot.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any
from weakref import ref

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import efficientnet
from visavis_models.backends.bodies import Bodies
from visavis_models.backends.colours import colours
from visavis_models.backends.describing import GUESS, SURE, Scene, reply
from visavis_models.backends.detector import Detection, compiled
from visavis_models.backends.everyday import Everyday, Naming, class_names, tables
from visavis_models.backends.faces import Faces
from visavis_models.backends.hands import Hand, Hands
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Box, Found, Picture
from visavis_models.settings import BackendSettings

PACK = "mediapipe-finders"

_MIDDLE, _QUARTER = 0.8, 0.6  # sides of the other views: of the shorter side, of each side
_CELLS, _CELL = 4, 0.7  # a quarter's name counts if so many cells of the whole say the same, so surely
_ELSEWHERE = 0.69  # and then it is only thought, not certain
_HELD, _POINTED = 2.2, 0.5  # sides of the views at a hand: of the hand, of the picture's shorter side
_NEAR_FACE = 0.2  # a face this wide: the classes, none of which is a person, are not believed easily

Where = tuple[float, float, float, float]  # x, y, w, h in pixels, perhaps beyond the picture
Seen = tuple[Scene, list[Detection], list[Hand]]  # and the faces and hands in pixels


def load(settings: BackendSettings, packs: Packs) -> Finders:
    """Raises PackMissing. Options: none; threads: 1 unless set."""
    threads = settings.threads or 1
    return around(compiled(packs.folder(efficientnet.PACK) / efficientnet.NETWORK, threads), packs, threads)


def around(network: Any, packs: Packs, threads: int) -> Finders:
    """The finders beside a network that names things. Raises PackMissing."""
    files = packs.folder(PACK)
    faces = Faces(files / "face_detection_short_range.tflite", files / "face_landmark.tflite", threads)
    hands = Hands(files / "palm_detection_lite.tflite", files / "hand_landmark_lite.tflite", threads)
    bodies = Bodies(files / "pose_detection.tflite", files / "pose_landmark_full.tflite", threads)
    return Finders(network, faces, hands, bodies)


class Finders:
    """The Vision and the Finder port. One call at a time."""

    def __init__(self, network: Any, faces: Faces, hands: Hands, bodies: Bodies) -> None:
        self._network = network
        self._faces, self._hands, self._bodies = faces, hands, bodies
        self._everyday = Everyday()
        black = np.zeros((480, 640, 3), np.uint8)
        self._last_hands = (ref(black), self._hands.find(black))  # also: the first call of a network is slow
        self._last = (ref(black), self._scene(black))
        self._last_this = (ref(black), self._last[1][0])

    def find(self, picture: Picture) -> tuple[Found, ...]:
        """Things from a guess (score 0.3) upwards, faces and hands. Raises ModelError."""
        scene, *_ = self._seen(picture)
        return (*scene.things, *scene.people, *scene.hands)

    def names(self) -> tuple[str, ...]:
        """The words of `everyday.txt`, its broad kinds, and the classes' own names."""
        words, kinds = tables()
        return tuple(dict.fromkeys((*words, *kinds, *class_names())))

    def prepare(self, picture: Picture, words: str = "") -> None:
        """Find now what answer and find are to tell. Raises ModelError."""
        self._seen(picture)

    def this(self, picture: Picture, whole: NDArray[np.float32]) -> Scene:
        """What is shown, for "what is this?": by hands, near faces, the middle and the whole. A third of the work for
        all that is found, which tells more of what lies at the edges. whole: probabilities of the whole picture.

        Raises ModelError."""
        _check(picture)
        if self._last[0]() is picture:
            return self._last[1][0]
        last, scene = self._last_this
        if last() is not picture:
            scene = self._this(picture, whole)
            self._last_this = (ref(picture), scene)
        return scene

    def pointed(self, picture: Picture) -> Box | None:
        """What the first hand points at, or the room round what it holds. Raises ModelError."""
        _check(picture)
        hands = self._hands_in(picture)
        if not hands:
            return None
        where = _before(hands[0], picture) or _around(hands[0])
        box = _box(np.array(where, np.float32), picture)
        inside = box.w * picture.shape[1] * box.h * picture.shape[0]
        return box if inside >= where[2] * where[3] / 4 else None  # it may point out of the picture

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        """Answers from the newest picture. Raises ModelError."""
        if not len(pictures):
            raise ModelError("there is no picture to look at: turn the camera on")
        picture = pictures[-1]
        scene, faces, hands = self._seen(picture)
        yield reply(replace(scene, colours=colours(_coloured(picture, faces, hands, words))), words)

    def _seen(self, picture: Picture) -> Seen:
        """What is found in a picture; one is often asked about twice in a row."""
        last, seen = self._last
        if last() is not picture:
            seen = self._scene(picture)
            self._last = (ref(picture), seen)
        return seen

    def _hands_in(self, picture: Picture) -> list[Hand]:
        last, hands = self._last_hands
        if last() is not picture:
            hands = self._hands.find(picture)
            self._last_hands = (ref(picture), hands)
        return hands

    def _scene(self, picture: Picture) -> Seen:
        _check(picture)
        faces, hands, bodies = self._faces.find(picture), self._hands_in(picture), self._bodies.find(picture)
        things, held, pointed = self._things(picture, hands, near=_near_face(picture, faces))
        people = [_found("face", "face", face, picture) for face in faces]
        people += [
            _found("thing", "person", body, picture)
            for body in bodies
            if not any(_belongs(face, body) for face in faces)
        ]
        scene = Scene(
            things=things,
            people=tuple(people),
            faces=tuple(person for person in people if person.kind == "face"),
            hands=tuple(
                Found("hand", "pointing hand" if hand.points else "hand", hand.score, _box(hand.box, picture))
                for hand in hands
            ),
            fingers=tuple(hand.fingers for hand in hands),
            held=held,
            pointed=pointed,
        )
        return scene, faces, hands

    def _this(self, picture: Picture, whole: NDArray[np.float32]) -> Scene:
        faces, hands = self._faces.near(picture), self._hands_in(picture)
        probabilities, _ = self._classify([_middle(picture), *_at_hand(picture, hands)])
        main = self._everyday.name((whole + probabilities[0]) / 2)
        least = SURE + 0.1 if _near_face(picture, faces) else GUESS
        held, pointed = self._named_at_hand(probabilities[1:])
        people = tuple(_found("face", "face", face, picture) for face in faces)
        things = (Found("thing", _label(main), main.score),) if main.score >= least else ()
        return Scene(things, people, people, held=held, pointed=pointed)

    def _named_at_hand(self, probabilities: NDArray[np.float32]) -> tuple[Found | None, Found | None]:
        """What is held and what is pointed at, by the views `_at_hand`."""
        names = map(self._everyday.name, probabilities)
        found = [Found("thing", _label(name), name.score) if name.score >= GUESS else None for name in names]
        held, pointed = (*found, None, None)[:2]
        return held, pointed

    def _things(
        self, picture: Picture, hands: list[Hand], near: bool
    ) -> tuple[tuple[Found, ...], Found | None, Found | None]:
        height, width = picture.shape[:2]
        views = [picture, _middle(picture)]
        h, w = int(height * _QUARTER), int(width * _QUARTER)
        views += [picture[y : y + h, x : x + w] for y in (0, height - h) for x in (0, width - w)]
        views += _at_hand(picture, hands)
        probabilities, places = self._classify(views)
        main = self._everyday.name((probabilities[0] + probabilities[1]) / 2)
        names = {main.label: main}
        for quarter in map(self._everyday.name, probabilities[2:6]):
            cells = int((places[list(quarter.classes)].sum(0) >= _CELL).sum())
            if quarter.score >= SURE and cells >= _CELLS and not quarter.broad:
                score = max(min(quarter.score, _ELSEWHERE), names.get(quarter.label, quarter).score)
                names[quarter.label] = replace(names.get(quarter.label, quarter), score=score)
        # The classes know no person, so beside a near face a weak name is more likely a wrong one.
        least = SURE + 0.1 if near else SURE if any(name.score >= SURE for name in names.values()) else GUESS
        things = sorted(
            (name for name in names.values() if name.score >= least), key=lambda name: (name.broad, -name.score)
        )
        held, pointed = self._named_at_hand(probabilities[6:])
        return tuple(_thing(name, places) for name in things), held, pointed

    def _classify(self, views: list[Picture]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities (n, 1000) of every view, and places (1000, 7, 7) of the first."""
        side = (efficientnet.SIDE, efficientnet.SIDE)
        rows, places = [], np.empty(0, np.float32)
        for view in views:  # one at a time: as fast as together on one thread, and 47 MB less
            outputs = self._network(cv2.resize(view, side, interpolation=cv2.INTER_AREA)[None])
            rows.append(np.array(outputs["probabilities"][0]))
            places = places if places.size else np.array(outputs["places"][0])
        return np.stack(rows), places


def _thing(name: Naming, places: NDArray[np.float32]) -> Found:
    """The name with the box of the cells that say it at least half as surely as the surest one."""
    heat = places[list(name.classes)].sum(0)
    rows, columns = np.nonzero(heat >= heat.max() / 2)
    x, y = columns.min() / 7, rows.min() / 7
    box = Box(float(x), float(y), float((columns.max() + 1) / 7 - x), float((rows.max() + 1) / 7 - y))
    return Found("thing", _label(name), round(name.score, 3), box)


def _label(name: Naming) -> str:
    return f"{name.label}, {name.particular}" if name.particular else name.label


def _check(picture: Picture) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or min(picture.shape[:2]) < 16 or picture.dtype != np.uint8:
        raise ModelError(f"a picture of shape {picture.shape} cannot be looked at: send 16x16 pixels of RGB or more")


def _around(hand: Hand) -> Where:
    """What a hand holds."""
    x, y = hand.box[:2] + hand.box[2:] / 2
    side = _HELD * float(hand.box[2:].max())
    return float(x) - side / 2, float(y) - side / 2, side, side


def _before(hand: Hand, picture: Picture) -> Where | None:
    """What a hand points at, if it does."""
    if not hand.points:
        return None
    side = _POINTED * min(picture.shape[:2])
    x, y = hand.tip + hand.aim * side * 0.6
    return float(x) - side / 2, float(y) - side / 2, side, side


def _middle(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    return _square(picture, width / 2, height / 2, _MIDDLE * min(height, width))


def _at_hand(picture: Picture, hands: list[Hand]) -> list[Picture]:
    """What the first hand holds, and what it points at, if it does."""
    return [_cut(picture, where) for hand in hands[:1] for where in (_around(hand), _before(hand, picture)) if where]


def _cut(picture: Picture, where: Where) -> Picture:
    x, y, side, _ = where
    return _square(picture, x + side / 2, y + side / 2, side)


def _square(picture: Picture, x: float, y: float, side: float) -> Picture:
    """The square round (x, y), as far as it lies in the picture."""
    height, width = picture.shape[:2]
    side = max(side, 16)
    left, top = int(np.clip(x - side / 2, 0, width - 16)), int(np.clip(y - side / 2, 0, height - 16))
    return picture[top : max(top + 16, int(y + side / 2)), left : max(left + 16, int(x + side / 2))]


def _box(box: NDArray[np.float32], picture: Picture) -> Box:
    """Pixels to fractions, cut at the edges."""
    height, width = picture.shape[:2]
    x, y = np.clip(box[:2] / [width, height], 0, 1)
    right, bottom = np.clip((box[:2] + box[2:]) / [width, height], 0, 1)
    return Box(float(x), float(y), float(right - x), float(bottom - y))


def _found(kind: Any, label: str, detection: Detection, picture: Picture) -> Found:
    return Found(kind, label, round(detection.score, 3), _box(detection.box, picture))


def _near_face(picture: Picture, faces: list[Detection]) -> bool:
    return any(face.box[2] > _NEAR_FACE * picture.shape[1] for face in faces)


def _belongs(face: Detection, body: Detection) -> bool:
    """The face lies within the body's box, widened by half the face on every side."""
    centre = face.box[:2] + face.box[2:] / 2
    room = face.box[2:] / 2
    return bool(np.all(centre >= body.box[:2] - room * 2) and np.all(centre <= body.box[:2] + body.box[2:] + room * 2))


def _coloured(picture: Picture, faces: list[Detection], hands: list[Hand], words: str) -> Picture:
    """The part whose colour is asked for: clothes under the face, what the hand holds, or the middle."""
    height, width = picture.shape[:2]
    if faces and re.search(r"shirt|sweater|jumper|pullover|jacket|coat|dress|blouse|top|clothes|wear", words.lower()):
        x, y, w, h = faces[0].box
        return _square(picture, float(x + w / 2), float(y + 2.2 * h), float(w))
    if hands:
        x, y = hands[0].box[:2] + hands[0].box[2:] / 2 - np.array([0, hands[0].box[3] / 2])
        return _square(picture, float(x), float(y), float(hands[0].box[2:].max()) / 2)
    return _square(picture, width / 2, height / 2, 0.3 * min(height, width))
