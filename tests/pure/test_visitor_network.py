"""The bad network is as bad as it was asked for, and the same again for the same seed; and the word error rate."""

from __future__ import annotations

import socket

import pytest

from visavis_client.impair import Impairment, Line, dead_stun
from visavis_client.wer import added, errors, word_error_rate, words

PACKETS = 20_000


def arrivals(impairment: Impairment, direction: str = "up") -> list[float | None]:
    line = Line(impairment, direction)
    return [next(iter(line.arrivals(0.02 * number)), None) for number in range(PACKETS)]


def test_a_perfect_line_changes_nothing() -> None:
    assert Impairment().perfect
    assert Impairment(seed=4, burst=3).perfect
    assert arrivals(Impairment())[:3] == [0.0, 0.02, 0.04]


@pytest.mark.parametrize("burst", [1.0, 4.0])
def test_so_many_packets_are_lost_and_so_many_together(burst: float) -> None:
    came = arrivals(Impairment(loss=0.1, burst=burst))
    gone = [at is None for at in came]
    runs = sum(lost and not before for lost, before in zip(gone, [False, *gone], strict=False))
    assert sum(gone) / PACKETS == pytest.approx(0.1, abs=0.02)
    assert sum(gone) / runs == pytest.approx(burst, rel=0.15)


def test_even_bursts_are_all_of_one_length() -> None:
    gone = [at is None for at in arrivals(Impairment(loss=0.05, burst=3, even=True))]
    runs = "".join(map(str, map(int, gone))).strip("1").split("0")
    assert {len(run) % 3 for run in runs} == {0}  # two bursts may follow one another
    assert sum(gone) / PACKETS == pytest.approx(0.05, abs=0.01)


def test_some_packets_come_twice() -> None:
    line = Line(Impairment(duplicate=0.1), "up")
    came = [line.arrivals(0.02 * number) for number in range(PACKETS)]
    assert sum(len(times) == 2 for times in came) / PACKETS == pytest.approx(0.1, abs=0.01)
    assert all(times == sorted(times) for times in came)


def test_a_dead_stun_server_takes_and_never_answers() -> None:
    with dead_stun() as url, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        scheme, host, port = url.split(":")
        assert scheme == "stun"
        asking.settimeout(0.2)
        asking.sendto(bytes(20), (host, int(port)))
        with pytest.raises(TimeoutError):
            asking.recv(100)


def test_jitter_keeps_the_order_and_reordering_breaks_it() -> None:
    late = [at - 0.02 * n for n, at in enumerate(arrivals(Impairment(delay_ms=50, jitter_ms=30))) if at is not None]
    assert 0.05 <= min(late) < 0.052
    assert max(late) <= 0.081
    ordered = [at for at in arrivals(Impairment(jitter_ms=60)) if at is not None]
    assert ordered == sorted(ordered)
    mixed = [at for at in arrivals(Impairment(reorder=0.05)) if at is not None]
    overtaken = sum(later < at for at, later in zip(mixed, mixed[1:], strict=False))
    assert overtaken / PACKETS == pytest.approx(0.05, abs=0.01)


def test_the_same_seed_makes_the_same_network_and_each_direction_its_own() -> None:
    bad = Impairment(loss=0.05, jitter_ms=20, seed=3)
    assert arrivals(bad) == arrivals(bad)
    assert arrivals(bad) != arrivals(bad, "down")
    assert arrivals(bad) != arrivals(Impairment(loss=0.05, jitter_ms=20, seed=4))


@pytest.mark.parametrize(("name", "value"), [("loss", 1.0), ("loss", -0.1), ("jitter_ms", -1), ("burst", 0.5)])
def test_a_network_that_cannot_be_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} = {value}"):
        Impairment(**{name: value})


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("Twenty-two dollars.", "22 dollars"),
        ("It\u2019s ten percent!", "it's 10 %"),
        ("Mr. Smith said OK", "mister smith said okay"),
        ("1,000 people", "one thousand people"),
    ],
)
def test_spellings_of_the_same_words_are_no_errors(said: str, same: str) -> None:
    assert words(said) == words(same)


@pytest.mark.parametrize(
    ("said", "recognized", "wrong"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a c", 1),
        ("a b", "a x b", 1),
        ("a b c", "", 3),
        ("", "a", 1),
        ("a b", "b a", 2),
    ],
)
def test_errors_are_the_fewest_changes(said: str, recognized: str, wrong: int) -> None:
    assert errors(said.split(), recognized.split()) == wrong


def test_the_rate_is_over_all_words() -> None:
    assert word_error_rate([("turn on the lamp", "turn on a lamp"), ("stop", "stop")]) == pytest.approx(0.2)
    with pytest.raises(ValueError, match="no words were said"):
        word_error_rate([("", "hm")])


def test_what_a_way_of_hearing_costs_has_an_interval() -> None:
    said = ["turn on the lamp", "stop", "what time is it"] * 20
    right = [[text] for text in said]
    worse = [["turn on a lamp" if n % 6 == 0 else text] for n, text in enumerate(said)]
    assert added(said, right, right) == (0, 0, 0)
    more, low, high = added(said, worse, right)
    assert more == pytest.approx(10 / 180)
    assert 0 < low < more < high < 0.12
    assert added(said, right, worse)[0] == -more
    half = [one + other for one, other in zip(worse, right, strict=True)]
    assert added(said, half, right)[0] == pytest.approx(more / 2)
    with pytest.raises(ValueError, match="no words"):
        added([""], [["hm"]], [[""]])
