"""Where a scene may be set: the words for it, and what fits when nothing was said. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from visavis_models.composer.scene import Backdrop, Thing

GROUNDS: Mapping[str, Backdrop] = {
    "beach": "beach", "seaside": "beach", "coast": "beach", "shore": "beach", "sand": "beach", "sea": "sea",
    "ocean": "sea", "water": "sea", "lake": "sea", "river": "sea", "aquarium": "underwater", "fish tank": "underwater",
    "underwater": "underwater", "space": "space", "outer space": "space", "galaxy": "space", "universe": "space",
    "snow": "snow", "winter": "snow", "ice": "snow", "north pole": "snow", "desert": "desert", "dune": "desert",
    "street": "street", "road": "street", "highway": "street", "city": "city", "town": "city", "village": "day",
    "skyline": "city", "forest": "forest", "woods": "forest", "jungle": "forest",
    "garden": "garden", "yard": "garden", "grass": "day", "meadow": "garden", "field": "day", "lawn": "day",
    "park": "day", "farm": "day", "hill": "day", "countryside": "day", "zoo": "day", "valley": "day",
    "landscape": "day", "nature": "day", "ground": "day", "room": "room", "kitchen": "room", "bedroom": "room",
    "living room": "room", "bathroom": "room", "classroom": "room", "floor": "room", "carpet": "room",
    "wall": "room", "ceiling": "room",
}  # fmt: skip
LIGHTS: Mapping[str, Backdrop] = {
    "night": "night", "night sky": "night", "starry night": "night", "midnight": "night", "moonlight": "night",
    "starry sky": "night", "sunset": "sunset", "sunrise": "sunset", "dawn": "sunset",
    "dusk": "sunset", "evening": "sunset", "rain": "rain", "storm": "rain", "raining": "rain", "rainy": "rain",
    "stormy": "rain", "snowy": "snow", "morning": "day", "daytime": "day", "day": "day",
}  # fmt: skip
SKY = frozenset({"sky", "air", "blue sky", "heaven", "horizon"})
ALOFT = SKY | {"wall", "ceiling"}  # what is there hangs
PLAIN = frozenset({"background", "backdrop", "canvas"})

_COLD = frozenset({"snowman", "snowman-without-snow", "penguin", "polar-bear", "igloo", "skier", "snowboarder", "sled",
                   "skis", "seal", "santa-claus", "ice-skate"})  # fmt: skip
_DRY = frozenset({"camel", "two-hump-camel", "cactus"})
_DARK = frozenset({"crescent-moon", "full-moon", "full-moon-face", "new-moon", "star", "glowing-star", "ghost",
                   "fireworks", "derelict-house", "vampire"})  # fmt: skip
_SUNNY = frozenset({"sun", "sun-with-face", "rainbow", "sun-behind-cloud", "sun-behind-rain-cloud"})
_WET = frozenset({"cloud-with-rain", "umbrella-with-rain-drops", "cloud-with-lightning-and-rain"})
_SHORE = frozenset({"crab", "spiral-shell", "sandcastle", "palm-tree", "beach-ball", "ring-buoy"})
_FLOWN = frozenset({"astronaut", "alien", "rocket", "satellite", "comet", "flying-saucer"})


def fitting(things: Sequence[Thing]) -> tuple[Backdrop, Backdrop]:
    """The backdrop and the light for these things when the request names none."""
    names = {thing.subject.name for thing in things}
    places = [thing.subject.place for thing in things]
    kinds = {thing.subject.kind for thing in things}
    sunny = bool(names & _SUNNY)
    light: Backdrop = "rain" if names & _WET else "night" if names & _DARK and not sunny else "day"
    if "space" in places and all(
        place in ("space", "thing") or name in _FLOWN | _DARK | {"sun"}
        for place, name in zip(places, (t.subject.name for t in things), strict=True)
    ):
        return "space", "day"  # fmt: skip
    wet = [place for place in places if place in ("water", "deep")]
    if wet:
        dry = [thing for thing in things if thing.subject.place in ("ground", "far")]
        if not dry:
            if "water" not in wet and "sky" not in places and not sunny:
                return ("underwater" if "deep" in wet else "sea"), "day"
            return "sea", light
        if all(thing.subject.name in _SHORE or thing.subject.name in ("coral", "oyster") for thing in dry):
            return ("underwater" if "water" not in wet and not sunny and names & {"coral"} else "beach"), light
        if "water" in wet:
            return "beach", light
    if all(place in ("thing", "deep", "wall") for place in places):
        return ("room" if "wall" in places else "paper"), "day"
    if names & _COLD and not sunny:
        return "snow", light
    if names & _DRY and not kinds & {"building"}:
        return "desert", light
    if things and things[0].subject.name in _SHORE:
        return "beach", light
    outside = any(place in ("sky", "far", "space") for place in places) or kinds & {"building", "vehicle", "outdoors"}
    if ("furniture" in kinds or "wall" in places) and not outside:
        return "room", "day"
    if "vehicle" in kinds and "far" not in places:
        return "street", light
    return "day", light
