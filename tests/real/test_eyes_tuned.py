"""Training of our eyes with the upper half of their picture network: carried photos, a few steps, and what is served."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import cv2
import numpy as np
import pytest

from visavis_models.backends import efficientnet
from visavis_models.backends.colours import NAMES, painted as named
from visavis_models.backends.eyes_cells import cells
from visavis_models.backends.eyes_say import Speaker
from visavis_models.backends.eyes_tower import Tower as Served, read as read_tower
from visavis_models.backends.eyes_words import Vocabulary
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings

torch = pytest.importorskip("torch", reason="training needs visavis[train]")

from visavis_models.training import eyes_carry, eyes_read_back
from visavis_models.training.eyes_course import Everydays, Set
from visavis_models.training.eyes_device import Photos
from visavis_models.training.eyes_facts import facts
from visavis_models.training.eyes_kept import joined
from visavis_models.training.eyes_model import Eyes, Shape
from visavis_models.training.eyes_photos import View, read
from visavis_models.training.eyes_reward import Reward
from visavis_models.training.eyes_texts import caption_pieces
from visavis_models.training.eyes_tower import Tower, painted
from visavis_models.training.eyes_tuned import train
from visavis_models.training.eyes_whole import Plan

PACKS = Packs(ModelSettings().packs)
VOCABULARY = Path(eyes_carry.__file__).parents[1] / "eyes/vocab.txt"
PLAN = Plan(together=4, longest=60, warm_up=2, processes=1, learn=0.5, drawn=2)


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty balls on a table, packed for another machine."""
    made, random, rows = tmp_path_factory.mktemp("balls"), np.random.default_rng(1), []
    for number in range(30):
        picture = random.integers(0, 255, (6, 8, 3), np.uint8).repeat(40, 0).repeat(40, 1)
        x = 60 + 200 * (number % 2)
        name, colour = (("red", (200, 30, 30)), ("blue", (30, 30, 200)))[number % 2]
        cv2.circle(picture, (x, 120), 50, colour, -1)
        cv2.imwrite(str(made / f"{number}.png"), picture[..., ::-1])
        row: dict[str, object] = {"id": number, "file": f"{number}.png"}
        if number % 3:
            row["captions"] = [
                f"A {name} ball on a table.",
                f"One {name} ball lies there.",
                f"A {name} ball.",
                "A ball.",
            ]
        else:
            row["boxes"] = [{"label": "sports ball", "x": (x - 50) / 320, "y": 0.3, "w": 0.31, "h": 0.42}]
        rows.append(json.dumps(row))
    (made / "balls.jsonl").write_text("\n".join(rows))
    photos = read([made / "balls.jsonl"])
    eyes_carry.carry([(photo, "learn") for photo in photos], [made / "1", made / "2"], 80)
    np.savez(made / "lite.npz", **eyes_carry.lite(PACKS))  # type: ignore[arg-type]
    np.savez(made / "texts.npz", **eyes_carry.texts(photos, PACKS))
    np.savez(made / "pieces.npz", **eyes_carry.pieces(VOCABULARY, PACKS))  # type: ignore[arg-type]
    return made


def test_carried_photos_are_the_photos(carried: Path) -> None:
    whole = {photo.name: photo for photo in read([carried / "balls.jsonl"])}
    packed = read([carried / n / "photos.jsonl.gz" for n in ("1", "2")])
    assert {photo.name for photo in packed} == whole.keys()
    for photo in packed:
        assert photo.picture().shape == (224, 224, 3)
        assert (photo.captions, photo.boxed) == (whole[photo.name].captions, whole[photo.name].boxed)


def test_views_are_cut_and_boxes_put_into_cells_as_they_lie(carried: Path) -> None:
    photos = [photo for photo in read([carried / "1/photos.jsonl.gz"]) if photo.boxed][:1]
    on_device = Photos(Set(photos, [facts(photo) for photo in photos]), carried / "texts.npz", "cpu", 1)
    number, kind = np.zeros(1, np.int32), on_device.kinds.index("ball")
    for view in (View(), View(mirrored=True), View(0.125, 0.125, 0.75, 0.75, True)):
        given = np.array([(view.x, view.y, view.w, view.h, view.mirrored)], np.float32)
        cut = on_device.cut(number, given, False)[0].permute(1, 2, 0).numpy()
        wanted = cv2.resize(view.of(photos[0].picture()), (224, 224), interpolation=cv2.INTER_LINEAR)
        assert np.abs(cut - wanted).mean() < 2
        where, there = on_device.kinds_in_cells(number, given)
        (thing,) = view.things(photos[0].things)
        column, line = int((thing.x + thing.w / 2) * 7), int((thing.y + thing.h / 2) * 7)
        assert there[0] == 1 and where[0].view(7, 7, -1)[line, column, kind] == 1
        assert where[0, :, kind].sum() < 20 and where[0].sum() == where[0, :, kind].sum()


def test_colours_have_the_names_they_have_elsewhere() -> None:
    picture = np.random.default_rng(2).integers(0, 255, (40, 40, 3), np.uint8)
    found = painted(torch.from_numpy(picture).permute(2, 0, 1)[None].float())[0].numpy()
    assert (np.array(NAMES)[found] == named(picture)).mean() > 0.99


def test_a_description_is_worth_more_for_what_people_said_and_less_for_what_is_not_there(carried: Path) -> None:
    photos, words = read([carried / "balls.jsonl"]), Vocabulary(VOCABULARY)
    reward = Reward(Set(photos, [facts(photo) for photo in photos]), words)
    number = next(n for n, photo in enumerate(photos) if photo.captions and n % 2)
    worth = [
        reward.worth(number, caption_pieces(words, text))
        for text in ("a blue ball on a table", "a blue ball on a cat", "a dog")
    ]
    assert worth[0] > worth[1] > worth[2] and worth[2] < 0


def test_what_was_learned_is_what_is_served(carried: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Namespace(
        photos=[carried / n / "photos.jsonl.gz" for n in ("1", "2")], lite=carried / "lite.npz", most=0, threads=1,
        texts=carried / "texts.npz", pieces=carried / "pieces.npz", vocabulary=VOCABULARY, device="cpu", out=tmp_path,
    )  # fmt: skip
    train(PLAN, given, until=0.0)  # a few steps
    kept = joined(tmp_path)
    monkeypatch.setattr("sys.argv", ["eyes_read_back", str(tmp_path), str(tmp_path / "pack")])
    eyes_read_back.main()

    with np.load(carried / "lite.npz") as arrays:
        tower = Tower({name: arrays[name] for name in arrays.files})
    lite = {name: torch.from_numpy(value) for name, value in eyes_read_back.within(kept, "tower").items()}
    tower.upper = type(tower.upper)(lite)
    words = Vocabulary(tmp_path / "pack/vocab.txt")
    eyes = Eyes(Shape(len(words)), [words.pieces(name) for name in Everydays().names]).eval()
    values = eyes_read_back.within(kept, "eyes").items()
    eyes.load_state_dict({name: torch.from_numpy(value) for name, value in values}, strict=False)
    path = PACKS.folder(efficientnet.PACK) / efficientnet.NETWORK
    served = Served(path, read_tower(tmp_path / "pack/tower.npz"), 1)
    pack = tmp_path / "pack"
    speaker = Speaker(pack / "eyes.npz", pack / "vocab.txt", 1, pack / "kinds.npz")
    kinds = {name: torch.from_numpy(value) for name, value in eyes_read_back.within(kept, "kinds").items()}

    small = read([carried / "1/photos.jsonl.gz"])[0].picture()
    outputs = served(small[None])
    found = cells(outputs, small)
    with torch.no_grad():
        wanted, probabilities = tower(torch.from_numpy(small).permute(2, 0, 1)[None].float())
        sure, hints = (probabilities @ torch.from_numpy(Everydays().sums)).topk(3, -1)
        mixed = eyes.mixed(eyes.measured(wanted))
        where = torch.sigmoid(torch.nn.functional.linear(mixed, kinds["weight"], kinds["bias"]))[0].T.numpy()
        seen = eyes.seen(mixed, hints, sure, torch.tensor([False]))
        keys = torch.stack([layer.look.kv(seen)[..., : eyes.shape.width] for layer in eyes.layers])
    assert np.abs(found - wanted[0].numpy()).max() < 0.02
    assert np.abs(outputs["probabilities"] - probabilities.numpy()).max() < 1e-3
    memory = speaker.look(found, outputs["probabilities"][0])
    assert "ball" in memory.where and np.abs(np.stack(list(memory.where.values())) - where).max() < 0.01
    looked = np.asarray(memory.keys)
    looked = looked.transpose(0, 1, 3, 2, 4).reshape(keys.shape)
    likeness = (looked * keys.numpy()).sum() / np.linalg.norm(looked) / np.linalg.norm(keys.numpy())
    assert likeness > 0.999
