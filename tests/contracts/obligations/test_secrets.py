"""S: the key, and what ends the work."""

from dataclasses import replace

from contracts.lives import FaultAt
from contracts.run import Exchange
from tests.contracts.runs import (
    API_KEY,
    AUTHORIZED,
    GOOD,
    accused,
    create,
    download,
    exchange,
    play,
    read,
    report,
    verdict,
)

REJECTED = [report("rejected", None)]
ELSEWHERE = "http://127.0.0.1:9999"
KEYLESS = (("Host", "127.0.0.1:8000"),)


def test_s1() -> None:
    """The key, or the mark that the journal leaves of it, stands in `Authorization` alone."""
    leaks = (
        read(query="key=mv_live_***"),
        read(path="/api/v1/tasks/mv_test_***"),
        read(headers=[("X-Debug", API_KEY)]),
        create(sent=b'{"key": "mv_live_***"}'),
        create(key="mv_live_***"),
    )
    for leak in leaks:
        assert verdict("S1", play(create(), leak, read("succeeded"))) == "fail"
    assert verdict("S1", play(*GOOD)) == "pass"
    assert verdict("S1", play(create(headers=[("authorization", "Bearer mv_live_***")]))) == "pass"
    assert verdict("S1", play(download())) == "untested"


def test_s2() -> None:
    """No header that is meant for the API, nor the key in any other way."""
    for name in ("authorization", "Cookie", "X-Api-Key", "X-Other"):
        got = download(request_headers=[("Host", "x"), (name, "mv_live_***")])
        assert verdict("S2", play(*GOOD, got)) == "fail", name
    assert verdict("S2", play(*GOOD, download(query="token=mv_live_***"))) == "fail"
    assert verdict("S2", play(*GOOD, download())) == "pass"
    assert verdict("S2", play(*GOOD)) == "untested"


def moved(status: int, location: str) -> Exchange:
    """A create that is redirected."""
    return create(status, fault="redirect", answer=[("Location", location)])


def test_s3() -> None:
    """Another port of the same host is another origin."""
    away = moved(307, f"{ELSEWHERE}/api/v1/tasks")
    taken = exchange(origin="other", status=404, task=None)
    clean = replace(taken, request_headers=[("Host", "127.0.0.1:9999")])
    assert verdict("S3", play(away, taken, reports=REJECTED)) == "fail"
    assert verdict("S3", play(away, clean, reports=REJECTED)) == "pass"
    assert verdict("S3", play(away, reports=REJECTED)) == "pass"


def test_s3_the_same_origin() -> None:
    """A redirect within it may be followed or reported; nothing else is expected of the client."""
    for location in ("/api/v1/tasks", "http://127.0.0.1:8000/api/v1/tasks"):
        hop = moved(308, location)
        assert verdict("S3", play(hop, create(), read("succeeded"))) == "untested"
        assert accused(play(hop, create(), read("succeeded"))) == set()
        for outcome in ("rejected", "gave_up", "failed"):
            assert accused(play(hop, reports=[report(outcome, None)])) == set()


def test_beyond_the_origin_only_safety_counts() -> None:
    """What becomes of a client that was led astray is judged for leaks, charges and crashes alone."""
    away = moved(307, ELSEWHERE)
    run = play(away, create(key="key-2"), reports=[report("crashed")])
    assert accused(run) == {"L2"}
    assert verdict("X11", run) == "not judged"


def test_s5() -> None:
    """After a 401 nothing is asked any more, with the key or without."""
    for status in (401, 403):
        revoked = read(status=status, fault="key_revoked")
        assert verdict("S5", play(create(), revoked, read(status=status), reports=REJECTED)) == "fail"
        assert verdict("S5", play(create(), revoked, create(key="key-2"), reports=REJECTED)) == "fail"
        stray = read(status=401, task=None, request_headers=KEYLESS)
        assert verdict("S5", play(create(), revoked, stray, reports=REJECTED)) == "fail"
        assert verdict("S5", play(create(), revoked, reports=REJECTED)) == "pass"
        assert accused(play(create(), revoked, reports=REJECTED)) == set()
    assert verdict("S5", play(*GOOD)) == "untested"


def test_s5_what_is_no_revocation() -> None:
    """An expired output file is none, and another task's client learns of it by itself."""
    assert verdict("S5", play(*GOOD, download(403), download(403))) == "untested"
    revoked = create(401, fault="key_revoked")
    both = [report("rejected", None), report("rejected", None)]
    assert verdict("S5", play(revoked, create(401, task=1, key="key-2"), reports=both)) == "pass"
    assert verdict("S5", play(create(), read(status=401), download(), reports=REJECTED)) == "pass"


def test_s6() -> None:
    """What the client prints is read by many."""
    for leak in ({"stdout": f"key {API_KEY}"}, {"stderr": f"Bearer {API_KEY}\n"}, {"message": API_KEY}):
        assert verdict("S6", play(*GOOD, reports=[report(**leak)])) == "fail"
    assert verdict("S6", play(*GOOD, reports=[report(stderr="retrying\n")])) == "pass"
    assert verdict("S6", play(create(422), reports=[report("rejected", None)])) == "untested"


def test_s7() -> None:
    """Without money there is nothing to wait for."""
    broke = create(402, fault="no_balance")
    for later in (create(), exchange(path="/api/v1/balance", status=404, task=None)):
        assert verdict("S7", play(broke, later, reports=REJECTED)) == "fail"
    assert verdict("S7", play(broke, reports=REJECTED)) == "pass"
    both = [report("rejected", None), report(task_id="task_2")]
    other = (create(task=1, task_id="task_2"), exchange(status=404, task=None))
    assert verdict("S7", play(broke, *other, reports=both)) == "pass"
    assert verdict("S7", play(*GOOD)) == "untested"


def test_a_hostile_life_leaks_nothing_either() -> None:
    """Leaks are judged always."""
    hostile = [FaultAt("no_output", "task")]
    assert verdict("S1", play(create(), read(query="mv_live_***"), faults=hostile)) == "fail"
    assert verdict("S2", play(download(request_headers=AUTHORIZED), faults=hostile)) == "fail"
