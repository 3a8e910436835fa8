"""The registry and what counts in a life."""

from contracts.obligations import registry
from contracts.obligations.judging import judge
from tests.contracts.runs import GOOD, create, play, read

TABLE = """K1 K2 K3 K5 K6 K7 K8 K10 K11 K16 R1 R2 R3 R4 R5 R7 R9 R10 R12 R16 P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P14
P15 P16 X1 X2 X3 X5 X9 X11 S1 S2 S3 S5 S6 S7 L1 L2"""

SHOULD = "K7 K8 K11 R7 R9 R10 P6 P8 P9 P11 P16 X5"


def test_registry() -> None:
    """All of the table are there, in its order, each with its level, a source and a promise."""
    assert list(registry.OBLIGATIONS) == TABLE.split()
    levels = {name: obligation.level for name, obligation in registry.OBLIGATIONS.items()}
    assert {name for name, level in levels.items() if level == "S"} == set(SHOULD.split())
    assert {name for name, level in levels.items() if level == "P"} == {"K1", "P12"}
    for name, obligation in registry.OBLIGATIONS.items():
        assert obligation.id == name
        assert obligation.promise[-1] == "."
        assert obligation.source
    assert registry.OBLIGATIONS["R4"].timing
    assert not registry.OBLIGATIONS["K2"].timing


def test_some_of_them() -> None:
    """Only those that are named are judged."""
    assert list(judge(play(*GOOD), ["P1", "K2"])) == ["K2", "P1"]
    assert list(judge(play(*GOOD))) == list(registry.OBLIGATIONS)


def test_what_shows_it() -> None:
    """A violation names the exchanges that show it."""
    run = play(create(503), create(key="key-2"), read("succeeded"))
    assert [broken.exchanges for broken in judge(run)["K2"].broken] == [(1, 2)]
