"""Hosts of one's own on this machine: network namespaces behind a router, between any two of which packets can vanish.

Root and `ip` (iproute2) are needed. Nothing of it is in the machine's own network, and all of it goes at the end.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from mockserver.clock import token

ROUTER = "router"
NAMES = Path("/run/netns")
CLONE_NEWNET = 0x40000000


def ip(*words: str) -> str:
    """What the command `ip` prints; an error of its ends the test."""
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


class Network:
    """Namespaces by the names of their hosts, each in a subnet of its own, as machines in different racks are.

    A cut is a rule of the router: what comes from one host for the other is dropped without a word, so that neither is
    told (no reset, no ICMP, no neighbour that is missing).
    """

    def __init__(self, *hosts: str) -> None:
        self.prefix = f"mindvideo-{os.getpid()}-{token(3)}-"
        self._hosts = hosts

    def address(self, host: str) -> str:
        """Of the host, inside the network."""
        return f"10.77.{self._hosts.index(host)}.2"

    def within(self, host: str) -> tuple[str, ...]:
        """What to put before a command that is to run on the host."""
        return ("ip", "netns", "exec", self._name(host))

    def _name(self, host: str) -> str:
        return f"{self.prefix}{host}"

    def __enter__(self) -> Self:
        if os.geteuid() or not shutil.which("ip"):
            sys.exit("hosts: only root can make them, with the command 'ip' (Debian's package iproute2)")
        try:
            with undisturbed():
                self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self) -> None:
        for host in (ROUTER, *self._hosts):
            ip("netns", "add", self._name(host))
        for host in self._hosts:
            self._connect(host)
        forward = "echo 1 > /proc/sys/net/ipv4/ip_forward"
        subprocess.run([*self.within(ROUTER), "sh", "-c", forward], check=True)

    def _connect(self, host: str) -> None:
        name, router = self._name(host), self._name(ROUTER)
        door = f"10.77.{self._hosts.index(host)}.1"
        ip("-n", router, "link", "add", "name", host, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("-n", router, "address", "add", f"{door}/24", "dev", host)
        ip("-n", router, "link", "set", "dev", host, "up")
        ip("-n", name, "address", "add", f"{self.address(host)}/24", "dev", "eth0")
        ip("-n", name, "link", "set", "dev", "lo", "up")
        ip("-n", name, "link", "set", "dev", "eth0", "up")
        ip("-n", name, "route", "add", "default", "via", door)

    def cut(self, one: str, *others: str) -> None:
        """From now on nothing passes between the one and any of the others."""
        self._rules("add", one, others)

    def heal(self, one: str, *others: str) -> None:
        """Undo a cut."""
        self._rules("delete", one, others)

    def _rules(self, verb: str, one: str, others: tuple[str, ...]) -> None:
        for other in others:
            for origin, goal in ((one, other), (other, one)):
                ends = ("from", self.address(origin), "to", self.address(goal))
                ip("-n", self._name(ROUTER), "rule", verb, *ends, "blackhole")

    @contextmanager
    def inside(self, host: str) -> Iterator[None]:
        """This thread, and those it starts, are on the host meanwhile: their sockets are."""
        with Path("/proc/thread-self/ns/net").open() as before, (NAMES / self._name(host)).open() as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(before.fileno())

    def left(self) -> list[str]:
        """What there still is of it."""
        return sorted(path.name for path in NAMES.glob(f"{self.prefix}*"))

    def __exit__(self, *_: object) -> None:
        with undisturbed():
            for name in self.left():
                for process_id in ip("netns", "pids", name).split():
                    with suppress(ProcessLookupError):
                        os.kill(int(process_id), signal.SIGKILL)
                ip("netns", "delete", name)
        assert not self.left()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that would end this process wait meanwhile: a command that is killed leaves halves."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "cannot enter a namespace")
