"""How each fault is done to a system at work, and undone."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from aislewise.child import Child
from aislewise.stack import Stack
from models.errors import AwayError
from tests.chaos.schedule import ALL_NODES, BY_NAME, Fault
from tests.chaos.traffic import Line
from tests.parts.kafka import Cluster, Node
from tests.parts.proxy import Proxy
from tests.parts.redis import RedisServer

READY_S = 90.0


@dataclass
class Done:
    """A fault that was done: seconds from its end until the part was ready again."""

    fault: Fault
    recovered_s: float


@dataclass
class Parts:
    """What faults happen to."""

    stacks: tuple[Stack, Stack]
    """The second has a twin of each worker."""
    kafka: Cluster
    redis: RedisServer
    redis_line: Proxy
    senders_line: Proxy
    line: Line
    done: list[Done] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Faults whose part did not come back."""

    def play(self, faults: Iterable[Fault]) -> None:
        """All faults at their times, in this thread, whose end would end what it starts. Returns when all is back."""
        began, watching = time.monotonic(), list[threading.Thread]()
        queue = [(fault.at_s, number, fault, self._steps(fault)) for number, fault in enumerate(faults)]
        heapq.heapify(queue)
        while queue:
            at_s, number, fault, steps = heapq.heappop(queue)
            time.sleep(max(0.0, began + at_s - time.monotonic()))
            rest = next(steps, None)
            if rest is None:
                watching.append(threading.Thread(target=self._watch, args=(fault,)))
                watching[-1].start()
            else:
                heapq.heappush(queue, (time.monotonic() - began + rest, number, fault, steps))
        for thread in watching:
            thread.join()

    def _steps(self, fault: Fault) -> Iterator[float]:
        """Does it; yields the seconds until it is undone."""
        lasts_s = BY_NAME[fault.kind].lasts_s
        match fault.kind:
            case "killed":
                self._child(fault).kill()
            case "ended" | "away":
                stack, name = self._where(fault)
                if (code := stack.end(name)) != 0:
                    self.failed.append(f"{fault}: SIGTERM ended it with {code}")
                yield lasts_s
                stack.launch(name)
            case "stalled":
                child = self._child(fault)
                child.pause()
                yield lasts_s
                child.resume()
            case "broker killed" | "all brokers away":
                for node in self._nodes(fault.part):
                    node.kill()
                yield lasts_s
                for node in self._nodes(fault.part):
                    node.start()
            case "killed and empty":
                self.redis.kill()
                yield lasts_s
                self.redis.start()
            case "forgetful":
                self.redis.flush()
            case "stuck" | "line half open":
                line = self.redis_line if fault.part == "redis" else self.senders_line
                line.stall()
                yield lasts_s
                line.mend()
            case "line cut":
                self.senders_line.cut()
                yield lasts_s
                self.senders_line.mend()
            case "sent again":
                self.line.again.set()

    def _watch(self, fault: Fault) -> None:
        """Until its part is ready again. What was killed is started by its supervisor a second later."""
        began = time.monotonic()
        for child in self._children(fault):
            while True:
                with suppress(AwayError):  # it is dead, and will be started
                    if child.running:
                        child.wait_ready(READY_S)
                        break
                if time.monotonic() - began > READY_S:
                    self.failed.append(f"{fault}: not ready after {READY_S:.0f} s: {child.tail()}")
                    return
                time.sleep(0.2)
        self.done.append(Done(fault, time.monotonic() - began))

    def _where(self, fault: Fault) -> tuple[Stack, str]:
        twin = fault.part.endswith(" 2")
        return self.stacks[twin], fault.part.removesuffix(" 2")

    def _child(self, fault: Fault) -> Child:
        stack, name = self._where(fault)
        return stack[name]

    def _nodes(self, part: str) -> list[Node]:
        return self.kafka.nodes if part == ALL_NODES else [self.kafka.nodes[int(part.split()[1]) - 1]]

    def _children(self, fault: Fault) -> list[Child]:
        if fault.part.startswith(("worker", "gateway", "serve")):
            return [self._child(fault)]
        if fault.part == "redis":
            return [self.redis]
        return list(self._nodes(fault.part)) if "node" in fault.part else []
