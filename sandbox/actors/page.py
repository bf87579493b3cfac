"""The bank's own page as it runs in a browser: logs in, keeps tokens, sends them, refreshes on 401."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.exchange import Request, Response

if TYPE_CHECKING:
    from sandbox.actors.browser import Browser

TOKENS: Final = ("access_token", "token_type", "refresh_token", "csrf_token")
"""Fields of a login's answer that the page must keep itself. Cookies, the browser keeps. Bearer goes without saying."""


class Page:
    """One mode's page, open in one browser."""

    def __init__(self, browser: Browser, mode: str) -> None:
        self.browser = browser
        self.mode = mode

    # What a person does ----------------------------------------------

    def login(self, password: str | None = None) -> Response:
        """Log in as the person before the browser. Raises ServerStopped, as every call here."""
        name = self.browser.name
        credentials = {"email": f"{name}@bank.example", "password": password or f"{name}-password"}
        path = f"/{self.mode}/login"
        response = self.browser.fetch("POST", path, json_body=credentials, headers=self._proof("POST", path))
        self._keep(response)
        return response

    def profile(self) -> Response:
        return self.call("GET", "/profile")

    def transfer(self, to: str, amount: int) -> Response:
        return self.call("POST", "/transfer", {"to": to, "amount": amount})

    def admin(self) -> Response:
        return self.call("GET", "/admin")

    def sessions(self) -> Response:
        return self.call("GET", "/sessions")

    def change_password(self, old: str, new: str) -> Response:
        return self.call("POST", "/password", {"old": old, "new": new})

    def logout(self) -> Response:
        """Log out here: the page forgets its tokens, whatever the server does.

        A refresh cookie scoped to /hybrid/refresh does not reach /hybrid/logout: an access token must say whose
        login it is.
        """
        if self.can_refresh and not self._kept("access_token"):
            self.refresh()
        refresh_token = self._kept("refresh_token")
        body = {"refresh_token": refresh_token} if refresh_token else None
        return self._leave(self.request("POST", "/logout", body))

    def logout_all(self) -> Response:
        return self._leave(self.call("POST", "/logout-all"))

    # What the page's script does -------------------------------------

    def call(self, method: str, path: str, body: Any = None) -> Response:
        """One call; on 401, where the mode can, refresh and try once more (RFC 6750 3.1 is what it counts on)."""
        response = self.request(method, path, body)
        if response.status == 401 and self.can_refresh and self.refresh().ok:
            return self.request(method, path, body)
        return response

    @property
    def can_refresh(self) -> bool:
        """Hybrid mode alone: with a token of the page's own, or one that may lie in a cookie."""
        return self.mode == "hybrid"

    def refresh(self) -> Response:
        """Ask for a new access token, with the refresh token kept here or in the cookie."""
        request = self.prepare_refresh()
        return self.take_refreshed(request, self.browser.send(request))

    def prepare_refresh(self) -> Request:
        """The request that `refresh` sends, as it goes over the wire."""
        kept = self._kept("refresh_token")
        body = {"refresh_token": kept} if kept else None
        path = f"/{self.mode}/refresh"
        return self.browser.with_cookies(
            self.browser.prepare("POST", path, json_body=body, headers=self._proof("POST", path))
        )

    def take_refreshed(self, request: Request, response: Response) -> Response:
        """Keep what the answer to such a request brought."""
        self.browser.take(request, response)
        self._keep(response)
        return response

    def request(self, method: str, path: str, body: Any = None) -> Response:
        """One request with what the page keeps, and no second try."""
        headers = {}
        if access_token := self._kept("access_token"):
            bound = self._kept("token_type") == "DPoP"
            headers["Authorization"] = f"{'DPoP' if bound else 'Bearer'} {access_token}"
            if bound:
                headers |= self._proof(method, f"/{self.mode}{path}", access_token)
        if method != "GET" and (csrf_token := self._kept("csrf_token")):
            headers["X-CSRF-Token"] = csrf_token
        return self.browser.fetch(method, f"/{self.mode}{path}", json_body=body, headers=headers)

    def _proof(self, method: str, path: str, access_token: str | None = None) -> dict[str, str]:
        """The proof that this request comes from this device, where it has a key (RFC 9449 4)."""
        key = self.browser.device_key
        if key is None:
            return {}
        return {"DPoP": key.proof(method, f"{self.browser.bank.origin}{path}", self.browser.clock.now(), access_token)}

    def _keep(self, response: Response) -> None:
        """Keep the tokens of an answer: in localStorage, as the article's samples do, or in memory."""
        in_memory = self.browser.defences().token_in_memory
        place = self.browser.memory if in_memory else self.browser.local_storage
        for name in TOKENS:
            value = response.field(name) if response.ok else None
            if isinstance(value, str) and value != "Bearer":
                place[self._place_name(name)] = value

    def _place_name(self, name: str) -> str:
        """`jwt.access_token`: the pages of three modes share one browser's storage."""
        return f"{self.mode}.{name}"

    def _kept(self, name: str) -> str | None:
        place_name = self._place_name(name)
        return self.browser.memory.get(place_name) or self.browser.local_storage.get(place_name)

    def _leave(self, response: Response) -> Response:
        if response.ok:
            for name in TOKENS:
                self.browser.memory.pop(self._place_name(name), None)
                self.browser.local_storage.pop(self._place_name(name), None)
        return response
