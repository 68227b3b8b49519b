"""Short releases without end: one app each, deployed again as soon as it has been deployed, by API as people do."""

from __future__ import annotations

import threading
from http.client import HTTPException
from typing import Any

from tests.browser.outside import OVER, Answer, Api
from tests.chaos.counting import Asked
from tests.chaos.installation import IMAGE, House

END_SECONDS = 180.0
"""Longer than any lease, breaker and backoff together: what has not ended by then never does."""
LOOK_EVERY = 0.7


class NeverAnswered(Exception):
    """Slipway did not answer for longer than anything that is done to it."""


class Load:
    """`with Load(house) as load`: releases go on inside; after it, `asked` has them all, ended or lost."""

    def __init__(self, house: House) -> None:
        self.asked: list[Asked] = []
        self._stop = threading.Event()
        self._shoppers = [_Shopper(house.api(number), app, self) for number, app in enumerate(house.apps)]

    def __enter__(self) -> Load:
        for one in self._shoppers:
            one.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for one in self._shoppers:
            one.join()

    def wait(self, seconds: float) -> bool:
        """True at once when it is to stop."""
        return self._stop.wait(seconds)

    @property
    def goes_on(self) -> bool:
        return not self._stop.is_set()


class _Shopper(threading.Thread):
    """Deploys one app over and over. Where an answer was lost, it looks what became of the request."""

    def __init__(self, api: Api, app: str, load: Load) -> None:
        super().__init__(name=f"load-{app}", daemon=True)
        self._api, self._app, self._load = api, app, load
        self._pause = threading.Event()
        self._number = 0

    def run(self) -> None:
        self._number = self._newest()
        while self._load.goes_on:
            image = f"{IMAGE}:{self._number + 1}"
            try:
                self._sure("image.set", image=image)
                number = self._begun()
                state = self._ended(number)
            except NeverAnswered as error:
                self._load.asked.append(Asked(self._app, self._number + 1, image, str(error)))
                return
            self._number = number
            self._load.asked.append(Asked(self._app, number, image, state))

    def _begun(self) -> int:
        for _again in self._tries():
            answer = self._ask(lambda: self._api.operate(self._app, "release.start"))
            if answer and answer.status == 200:
                return int(answer.body["result"]["release"])
            # Not answered, or refused because the one before, whose answer was lost, has begun or is over.
            newest = self._newest()
            if newest > self._number:
                return newest
        raise NeverAnswered("release.start was not answered")

    def _ended(self, number: int) -> str:
        state = ""
        for _again in self._tries():
            answer = self._ask(lambda: self._api.get(f"/tenants/boutique/apps/{self._app}/releases/{number}"))
            state = str(answer.body["state"]) if answer and answer.status == 200 else state
            if state in OVER:
                return state
        return f"still {state} after {END_SECONDS:.0f} s"

    def _sure(self, name: str, **data: Any) -> None:
        for _again in self._tries():
            answer = self._ask(lambda: self._api.operate(self._app, name, **data))
            if answer and answer.status == 200:
                return
        raise NeverAnswered(f"{name} was not answered")

    def _newest(self) -> int:
        for _again in self._tries():
            answer = self._ask(lambda: self._api.get(f"/tenants/boutique/apps/{self._app}/releases/"))
            if answer and answer.status == 200:
                return max((int(row["number"]) for row in answer.body), default=0)
        raise NeverAnswered("the list of releases was not answered")

    def _tries(self) -> Any:
        for _number in range(int(END_SECONDS / LOOK_EVERY)):
            yield
            self._pause.wait(LOOK_EVERY)

    @staticmethod
    def _ask(request: Any) -> Answer | None:
        """None when no whole answer came."""
        try:
            answer: Answer = request()
        except (OSError, HTTPException, ValueError):
            return None
        return answer
