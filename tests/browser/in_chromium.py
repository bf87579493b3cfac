"""Plays cases in Chromium: one tab, emptied between them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from .case import WATCHED, Act, Case, Kept, Observed
from .case_server import CaseServer

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # One process for all pages, and none for graphics: a quarter less work, and nothing that a page could see.
    "--disable-site-isolation-trials", "--renderer-process-limit=1", "--in-process-gpu",
    # In place of the list that playwright gives: storage must be parted by site, as it is for everybody.
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks,Translate",
)  # fmt: skip

PREFERENCES = {"profile": {"cookie_controls_mode": 0}}
"""Cookies of other sites are let through: Debian's build blocks them, whatever SameSite says, unless it is told."""

BY_PERSON = ("visit", "follow", "submit", "wait")
"""What the tab's script does not outlive, or does not do."""

SCRIPT = (Path(__file__).parent / "acts.js").read_text()


class Chromium:
    """One Chromium with a profile of its own, and the servers that it finds behind every name."""

    def __init__(self, context: Any, server: CaseServer) -> None:
        self._context, self._server = context, server
        self._page = context.pages[0]
        self._tools = context.new_cdp_session(self._page)

    def play(self, case: Case) -> Observed:
        began = time.time()
        self._empty()
        self._server.case, self._server.seen = case, []
        results: list[Any] = []
        for (at, by_person), group in groupby(case.acts, lambda act: (act.at, act.verb in BY_PERSON)):
            acts = list(group)
            if by_person:
                results += [self._do(act) for act in acts]
            else:
                results += self._frame(at).evaluate(SCRIPT, [[asdict(act) for act in acts], WATCHED])
        return Observed(self._server.seen, results, self._cookies(), began)

    def _empty(self) -> None:
        """As a fresh profile is; a new context for each case would cost more than the case."""
        self._tools.send("Storage.clearCookies")
        if any(act.verb == "keep" for act in self._server.case.acts):
            self._tools.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "local_storage"})

    def _do(self, act: Act) -> None:
        if act.verb == "visit":
            self._page.goto(act.url)
        elif act.verb == "wait":
            time.sleep(float(act.text))
        else:
            frame = self._frame(act.at)
            with frame.expect_navigation():
                frame.evaluate(SCRIPT, [[asdict(act)], WATCHED])

    def _frame(self, at: str) -> Any:
        frame = self._page.main_frame
        for number in at:
            frame = frame.child_frames[int(number)]
        return frame

    def _cookies(self) -> list[Kept]:
        return sorted(
            (
                Kept(
                    each["name"],
                    each["value"],
                    each["domain"],
                    each["path"],
                    each["secure"],
                    each["httpOnly"],
                    each.get("sameSite", "Default"),
                    None if each["session"] else each["expires"],
                )
                for each in self._tools.send("Storage.getCookies")["cookies"]
            ),
            key=str,
        )


@contextmanager
def chromium(program: str, folder: Path, *flags: str) -> Iterator[Chromium]:
    """Started and, at the end, stopped. To be used in the thread that starts it."""
    from playwright.sync_api import sync_playwright

    preferences = folder / "profile" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps(PREFERENCES))
    server = CaseServer(folder)
    try:
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                folder / "profile",
                executable_path=program,
                args=[*FLAGS, *flags, f"--host-resolver-rules={server.resolver_rules}"],
                ignore_https_errors=True,
                viewport={"width": 200, "height": 200},
            )
            try:
                yield Chromium(context, server)
            finally:
                context.close()
    finally:
        server.close()
