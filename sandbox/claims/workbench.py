"""Where experiments play their stories: what was played once under the same switches is not played again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sandbox.box import Sandbox
from sandbox.defences import Defences, Value
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.record import Outcome, Record
from sandbox.scenarios import story

_Found = TypeVar("_Found")


class Workbench:
    """One sitting. `transport`: in-process (the default: nothing here depends on sockets) or loopback.

    Each method raises UnknownName, BadSwitch, BadStory.
    """

    def __init__(self, *, transport: str = "in-process") -> None:
        self._transport = transport
        self._records: dict[str, Record] = {}
        self._measured: dict[str, Any] = {}

    def outcomes(
        self,
        scenario: str,
        preset: str = "as_written",
        *,
        modes: tuple[str, ...] = MODES,
        options: Mapping[str, str] | None = None,
        **switches: Value,
    ) -> Mapping[str, Outcome]:
        """How that story ended, by mode."""
        return self.record(scenario, preset, modes=modes, options=options, **switches).outcomes

    def record(
        self,
        scenario: str,
        preset: str = "as_written",
        *,
        modes: tuple[str, ...] = MODES,
        options: Mapping[str, str] | None = None,
        **switches: Value,
    ) -> Record:
        """All that was recorded of that story, played to its end."""
        key = repr((scenario, preset, modes, sorted((options or {}).items()), sorted(switches.items())))
        if key not in self._records:
            player = Player(
                story(scenario), preset=preset, settings=switches, modes=modes, options=options,
                transport=self._transport,
            )  # fmt: skip
            try:
                player.run()
                self._records[key] = player.record
            finally:
                player.close()
        return self._records[key]

    def once(self, measure: Callable[..., _Found], *given: Any) -> _Found:
        """What `measure(bench, *given)` finds: measured once, whichever claim asks."""
        key = repr((measure.__module__, measure.__qualname__, given))
        if key not in self._measured:
            self._measured[key] = measure(self, *given)
        found: _Found = self._measured[key]
        return found

    def box(self, preset: str = "as_written", /, **switches: Value) -> Sandbox:
        """A running sandbox of one's own, for what no story tells: leave it as a context manager. bcrypt at cost 4."""
        return Sandbox(Defences.preset(preset).but(**{"bcrypt_cost": 4, **switches}), transport=self._transport)
