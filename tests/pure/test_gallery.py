"""Finished pictures: how long they are kept, and how they are answered over HTTP."""

from __future__ import annotations

import pytest

from visavis_agents.painting import gallery
from visavis_agents.painting.gallery import Gallery, Work
from visavis_server.guard import Refused
from visavis_server.pictures import answer

CAT = Work(3, 10.0, "a cat", {"png": b"0123456789", "svg": b"<svg/>"})


def key(url: str) -> str:
    return url.removeprefix(gallery.PLACE)


def test_an_address_is_unguessable_and_the_same_again() -> None:
    first, again, other = Gallery("a").hang(CAT), Gallery("a").hang(CAT), Gallery("b").hang(CAT)
    assert first == again != other
    assert len(key(first)) == 24
    assert "." not in first


def test_pictures_go_when_they_are_old_or_forgotten() -> None:
    hall = Gallery("a")
    url = hall.hang(CAT)
    assert hall.find(key(url), 10.0) is CAT
    assert hall.find("another", 0.0) is None
    assert hall.find(key(url), 10.1) is None
    assert hall.works == ()
    hall.hang(CAT)
    hall.forget()
    assert hall.find(key(url), 0.0) is None


def test_the_oldest_go_when_there_are_too_many_or_too_much() -> None:
    hall = Gallery("a")
    urls = [hall.hang(Work(n, n, "", {"png": b"."})) for n in range(gallery.MOST + 2)]
    assert [work.number for work in hall.works] == list(range(2, gallery.MOST + 2))
    assert hall.find(key(urls[0]), 0.0) is None
    large = bytes(gallery.MOST_BYTES // 2)
    for n in range(3):
        hall.hang(Work(100 + n, n, "", {"png": large}))
    assert [work.number for work in hall.works] == [101, 102]
    hall.hang(Work(200, 0, "", {"png": bytes(gallery.MOST_BYTES + 1)}))
    assert [work.number for work in hall.works] == [200]  # the newest is never refused


def test_a_picture_is_answered_in_the_form_asked_for() -> None:
    first = answer(CAT, "", {}, 60)
    assert (first.status_code, first.body, first.media_type) == (200, b"0123456789", "image/png")
    assert first.headers["cache-control"] == "private, max-age=60"
    svg = answer(CAT, "svg", {}, 60)
    assert (svg.body, svg.media_type) == (b"<svg/>", "image/svg+xml")
    assert "sandbox" in svg.headers["content-security-policy"]
    assert svg.headers["etag"] != first.headers["etag"]
    same = answer(CAT, "png", {"if-none-match": f'"x", W/{first.headers["etag"]}'}, 60)
    assert (same.status_code, same.body) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "status", "body", "place"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=4-2", 416, b"", "bytes */10"),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_parts_of_a_clip(asked: str, status: int, body: bytes, place: str | None) -> None:
    part = answer(CAT, "", {"range": asked}, 60)
    assert (part.status_code, part.body, part.headers.get("content-range")) == (status, body, place)


def test_a_part_of_what_has_changed_is_the_whole() -> None:
    assert answer(CAT, "", {"range": "bytes=2-4", "if-range": '"old"'}, 60).status_code == 200


def test_what_is_not_there() -> None:
    for work, form in ((None, ""), (CAT, "gif"), (CAT, "../png")):
        with pytest.raises(Refused) as refused:
            answer(work, form, {}, 60)
        assert refused.value.status == 404
