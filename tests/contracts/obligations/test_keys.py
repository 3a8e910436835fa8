"""K: idempotency keys."""

import json

from contracts.lives import FaultAt
from contracts.run import Profile
from tests.contracts.runs import GOOD, PROMPT, SENT, accused, create, play, read, report, verdict

OTHER_BYTES = json.dumps(json.loads(SENT), indent=1).encode()
OTHER_INPUT = SENT.replace(b"rain", b"snow")
MISMATCH, IN_FLIGHT = (409, "idempotency_mismatch"), (409, "idempotency_in_flight")
ONE_SECOND = (("Retry-After", "1"),)


def test_a_good_run_is_accused_of_nothing() -> None:
    """The plainest run keeps every promise that it puts to the test."""
    assert accused(play(*GOOD)) == set()


def test_k1() -> None:
    """A create without a key breaks the claim; a client that claims none is not judged by it."""
    without = (create(key=None), read("succeeded"))
    assert verdict("K1", play(*without)) == "fail"
    assert verdict("K1", play(*without, profile=Profile(sends_idempotency_key=False))) == "untested"
    assert verdict("K1", play(*GOOD)) == "pass"
    assert verdict("K1", play()) == "untested"


def test_k2() -> None:
    """Attempts of one create have one key; what comes after an answer is another create, and other obligations'."""
    assert verdict("K2", play(create(503), create(key="key-2"), read("succeeded"))) == "fail"
    assert verdict("K2", play(create(503), create(), read("succeeded"))) == "pass"
    assert verdict("K2", play(*GOOD)) == "untested"
    assert verdict("K2", play(create(422), create(key="key-2"))) == "untested"
    assert verdict("K2", play(create(), read(status=503), create(key="key-2"))) == "untested"
    assert verdict("K2", play(create(503, key=None), create(key=None))) == "pass"


def test_k2_an_answer_that_was_slow() -> None:
    """An answer that came after a stall may not have been waited for: the next create is another attempt."""
    stalled = create(fault="stall", duration_ms=500)
    assert verdict("K2", play(stalled, create(key="key-2", task_id="task_2"))) == "fail"
    assert verdict("K2", play(stalled, create(), read("succeeded"))) == "pass"


def test_k3() -> None:
    """Equal to the byte passes, equal as JSON is a warning, anything else fails."""
    assert verdict("K3", play(create(503), create())) == "pass"
    assert verdict("K3", play(create(503), create(sent=OTHER_BYTES))) == "warn"
    assert verdict("K3", play(create(503), create(sent=OTHER_INPUT))) == "fail"
    assert verdict("K3", play(create(503, sent=b"{"), create(sent=b"}"))) == "fail"
    assert verdict("K3", play(create(503), create(key="key-2"))) == "untested"


def test_k3_cut_off() -> None:
    """A request that its client did not send to the end says nothing of its payload, nor does one of unknown length."""
    half, length = SENT[:40], [("Content-Length", str(len(SENT)))]
    assert verdict("K3", play(create(None, sent=half, headers=length), create(headers=length))) == "untested"
    assert verdict("K3", play(create(None, sent=half), create())) == "untested"
    assert verdict("K3", play(create(headers=length), create(headers=length))) == "pass"
    assert verdict("K3", play(create(None, sent=OTHER_INPUT, headers=[("Content-Length", "1")]), create())) == "fail"


def test_k5() -> None:
    """Two tasks, also twins with equal input, have two keys."""
    both = (report(), report(task_id="task_2"))
    one = (create(), create(task=1, task_id="task_2"))
    two = (create(), create(task=1, task_id="task_2", key="key-2"))
    for twin in (False, True):
        assert verdict("K5", play(*one, reports=both, twin=twin)) == "fail"
        assert verdict("K5", play(*two, reports=both, twin=twin)) == "pass"
    assert verdict("K5", play(*GOOD)) == "untested"
    assert verdict("K5", play(create(key=None), create(task=1, key=None), reports=both)) == "untested"


def test_k6() -> None:
    """Two charges for one task are one too many, unless one was given back; two tasks may cost two."""
    lost = create(None, task_id="task_1", fault="lost_response")
    twice = (lost, create(key="key-2", task_id="task_2"))
    assert verdict("K6", play(*twice)) == "fail"
    assert verdict("K6", play(*twice, given_back=["task_1"])) == "pass"
    assert verdict("K6", play(lost, create(), read("succeeded"))) == "pass"
    assert verdict("K6", play(create(422), reports=[report("rejected")])) == "untested"
    keyless = (create(None, task_id="task_1", key=None), create(task_id="task_2", key=None))
    assert verdict("K6", play(*keyless)) == "fail"
    apart = (create(), create(task=1, task_id="task_2", key="key-2"))
    assert verdict("K6", play(*apart, reports=[report(), report()], twin=True)) == "pass"


def test_k6_two_charges_under_one_key() -> None:
    """That would be the server's fault."""
    assert verdict("K6", play(create(None, task_id="task_1"), create(task_id="task_2"))) == "pass"


def test_k7() -> None:
    """One header, 1 to 255 visible characters."""
    for key in ("", "with space", "x" * 256, "schlüssel"):
        assert verdict("K7", play(create(400, key=key))) == "fail", key
    assert verdict("K7", play(create(headers=[("idempotency-key", "key-2")]))) == "fail"
    assert verdict("K7", play(create(key="x" * 255))) == "pass"
    assert verdict("K7", play(create(key=None))) == "untested"


def test_k8() -> None:
    """A key is new, holds no secret and no prompt; a time alone is a warning."""
    assert verdict("K8", play(*GOOD)) == "pass"
    assert verdict("K8", play(*GOOD, other_runs_keys=frozenset({"key-1"}))) == "fail"
    told = json.dumps({"input": {"prompt": f"\u821e\u8005 {'in the rain ' * 9}"}}).encode()
    assert verdict("K8", play(create(key="intherainintherainintherainintherain-7", sent=told))) == "fail"
    for key in ("x-mv_live_secret", "mv_live_***", PROMPT.replace(" ", "-")):
        assert verdict("K8", play(create(key=key))) == "fail", key
    for key in ("task_1763860000", "1763860000", "1763860000123", "1763860000.52", "2026-11-23T10:00:00.000Z"):
        assert verdict("K8", play(create(key=key))) == "warn", key
    for key in ("task_1763860000_77f2", "4b1f5c1e-2f7c-4f3e-9d3e-2d1b8b1f0a11", "17638600001"):
        assert verdict("K8", play(create(key=key))) == "pass", key
    assert verdict("K8", play(create(key=""), read())) == "untested"


def test_k8_without_a_prompt() -> None:
    """Of an input without a prompt, or of a body that is no object, no key can hold any."""
    for sent in (b'{"input": {}}', b'{"input": 1}', b"[]", b"no JSON", b'{"input": {"prompt": "key"}}'):
        assert verdict("K8", play(create(sent=sent))) == "pass", sent


def test_k10() -> None:
    """After a mismatch another key is a way round; the same key again, or the end, is not."""
    assert verdict("K10", play(create(*MISMATCH), create(key="key-2"))) == "fail"
    assert verdict("K10", play(create(*MISMATCH), create(*MISMATCH), create(key="key-2"))) == "fail"
    assert verdict("K10", play(create(*MISMATCH), reports=[report("rejected", None)])) == "pass"
    assert verdict("K10", play(create(*MISMATCH), create(*MISMATCH))) == "pass"
    assert verdict("K10", play(create(*IN_FLIGHT), create(key="key-2"))) == "untested"


def test_conflicts_without_a_code() -> None:
    """An envelope without codes tells nobody which conflict it is; in any other envelope the code does."""
    bare, flat = b'{"detail": "No."}', b'{"code": "idempotency_mismatch", "message": "No."}'
    for name in ("K10", "K11"):
        assert verdict(name, play(create(409, body=bare), create(key="key-2"))) == "untested"
    assert verdict("K10", play(create(409, body=flat), create(key="key-2"))) == "fail"


def test_k11() -> None:
    """Waiting, and then the same key: anything else breaks it."""
    busy = create(*IN_FLIGHT, answer=ONE_SECOND)
    assert verdict("K11", play(busy, create(), read("succeeded"))) == "pass"
    assert verdict("K11", play(busy, create(key="key-2"))) == "fail"
    assert verdict("K11", play(busy, create(after_s=0.5))) == "fail"
    assert verdict("K11", play(create(*IN_FLIGHT), create(after_s=0.5))) == "pass"
    assert verdict("K11", play(busy, reports=[report("gave_up", None)])) == "fail"
    assert verdict("K11", play(*GOOD)) == "untested"


def test_k11_where_it_may_end() -> None:
    """A client may stop after several conflicts, at its deadline, or not retry creates at all."""
    busy = create(*IN_FLIGHT, answer=ONE_SECOND)
    stop = [report("gave_up", None)]
    assert verdict("K11", play(busy, busy, busy, reports=stop)) == "pass"
    assert verdict("K11", play(busy, reports=stop, lasts_s=599)) == "pass"
    assert verdict("K11", play(busy, reports=stop, profile=Profile(retries_create=False))) == "untested"
    assert verdict("K11", play(create(*IN_FLIGHT, key=None), reports=stop)) == "untested"


def test_k11_a_retry_that_overlaps_the_first_attempt() -> None:
    """The first attempt timed out and is still being worked on: its retry meets the conflict, waits, and is fine."""
    first = create(None, task_id="task_1", fault="stall", duration_ms=3000)
    run = play(first, create(*IN_FLIGHT, answer=ONE_SECOND), create(after_s=1.1), read(), read("succeeded"))
    assert accused(run) == set()
    # The poll that follows a conflict without another create: the client had the first answer after all.
    assert verdict("K11", play(first, create(*IN_FLIGHT, answer=ONE_SECOND), read("succeeded"))) == "pass"


def test_k16() -> None:
    """A replay is an answer as good as any; whoever stops there, or asks for another task, does not take it."""
    lost = create(None, task_id="task_1", fault="lost_response")
    replays = (create(), create(201), create(202, "processing", answer=[("Idempotent-Replayed", "true")]))
    for replay in replays:
        assert verdict("K16", play(lost, replay, read("succeeded"))) == "pass"
        for outcome in ("gave_up", "rejected", "crashed"):
            assert verdict("K16", play(lost, replay, reports=[report(outcome)])) == "fail"
        assert verdict("K16", play(lost, replay, create(key="key-2", task_id="task_2"))) == "fail"
    assert verdict("K16", play(lost, create(200, "succeeded"))) == "pass"
    assert verdict("K16", play(*GOOD)) == "untested"


def test_k16_at_the_deadline() -> None:
    """Nobody need go on whose time is up."""
    lost = create(None, task_id="task_1", fault="lost_response")
    assert verdict("K16", play(lost, create(), reports=[report("gave_up")], lasts_s=599)) == "pass"


def test_a_hostile_life() -> None:
    """Only safety and what names the fault is judged there."""
    hostile = [FaultAt("no_output", "task")]
    run = play(create(503), create(key="key-2"), faults=hostile)
    assert verdict("K2", run) == "not judged"
    assert verdict("K6", run) == "pass"
