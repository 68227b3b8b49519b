"""The API of Slipway and the API of a simulated cluster, as a program outside sees them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.waiting import until

OVER = {"succeeded", "failed", "rolled_back", "superseded"}
NAMESPACE = "slipway-boutique"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


class Api:
    """`/api/v1/` with somebody's token. Short names are of apps in the tenant `boutique`."""

    def __init__(self, url: str, *, token: str) -> None:
        self._url, self._token = f"{url}/api/v1", token

    def get(self, path: str) -> Answer:
        return _ask(self._url + path, authorization=f"Token {self._token}")

    def post(self, path: str, data: dict[str, Any]) -> Answer:
        return _ask(self._url + path, authorization=f"Token {self._token}", data=data)

    def operate(self, app: str, name: str, query: str = "", /, **data: Any) -> Answer:
        return self.post(f"/tenants/boutique/apps/{app}/operations/{name}{query}", data)

    def app(self, app: str) -> dict[str, Any]:
        return self._good(self.get(f"/tenants/boutique/apps/{app}"))

    def written(self, app: str) -> dict[str, Any]:
        """What people have written of an app of the demo: its clusters go on saying how it is."""
        self.deployed_first(app)
        return {key: value for key, value in self.app(app).items() if key != "status"}

    def releases(self, app: str) -> list[dict[str, Any]]:
        """The newest first."""
        return self._good(self.get(f"/tenants/boutique/apps/{app}/releases/"))

    def release(self, app: str, number: int) -> dict[str, Any]:
        return self._good(self.get(f"/tenants/boutique/apps/{app}/releases/{number}"))

    def deploy(self, app: str, *, image: str) -> int:
        """Set the image and start a release; returns its number."""
        self._good(self.operate(app, "image.set", image=image))
        return int(self._good(self.operate(app, "release.start"))["result"]["release"])

    def ended(self, app: str, number: int, *, seconds: float = 240) -> dict[str, Any]:
        """Wait until a release is over."""

        def over() -> dict[str, Any] | None:
            release = self.release(app, number)
            return release if release["state"] in OVER else None

        return until(over, what=f"release {number} of {app} ends", seconds=seconds, every=0.2) or {}

    def deployed_first(self, *apps: str) -> None:
        """Wait for the deployment that every app of the demo gets by itself."""
        for app in apps:
            first = self.ended(app, 1, seconds=300)
            assert first["state"] == "succeeded", first

    @staticmethod
    def _good(answer: Answer) -> Any:
        assert answer.status == 200, answer
        return answer.body


class ClusterApi:
    """A simulated cluster, asked directly."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._url = (folder / "url").read_text(encoding="ascii").strip()
        self._token = (folder / "token").read_text(encoding="ascii").strip()

    def image(self, app: str) -> str:
        """The image that the cluster was told to run for an app."""
        return str(self._deployment(app)["spec"]["template"]["spec"]["containers"][0]["image"])

    def generation(self, app: str) -> int:
        return int(self._deployment(app)["metadata"]["generation"])

    def running(self, app: str) -> list[str]:
        """The image of every instance that is ready, in order."""
        return sorted(pod["spec"]["containers"][0]["image"] for pod in self.instances(app) if _ready(pod))

    def runs(self, app: str, images: list[str]) -> None:
        """Wait until exactly these images are running."""
        until(lambda: self.running(app) == images, what=f"{app} runs {images} in {self.name}")

    def staying(self, app: str) -> list[str]:
        """The uid of every instance that is not on its way out, in order."""
        return sorted(pod["metadata"]["uid"] for pod in self.instances(app) if not _is_going(pod))

    def hold(self, app: str, *, holds: bool = True) -> None:
        """Let what is told to go stay on its way out, for as long as it takes to look; or no longer."""
        finalizers = ["slipway.dev/looked-at"] if holds else None
        for pod in self.instances(app):
            path = f"{self._url}/api/v1/namespaces/{NAMESPACE}/pods/{pod['metadata']['name']}"
            patch = {"metadata": {"finalizers": finalizers}}
            assert _ask(path, authorization=f"Bearer {self._token}", data=patch, method="PATCH").status in (200, 404)

    def instances(self, app: str) -> list[dict[str, Any]]:
        selector = f"slipway.dev/app%3D{app}"
        found: list[dict[str, Any]] = self.get(f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector={selector}")["items"]
        return found

    def version(self) -> int:
        """The version of the newest write of a client that changed something."""
        return max((row["resourceVersion"] for row in self.get("/simulator/changes")), default=0)

    def writes(self, app: str, *, since: int) -> list[str]:
        """What clients have really changed of an app after a version, in order: `apply deployments.apps/shop--web`."""
        rows = self.changes(since=since)
        return [
            f"{row['verb']} {row['resource']}/{row['name']}"
            for row in rows
            if row["labels"].get("slipway.dev/app") == app
        ]

    def changes(self, *, since: int) -> list[dict[str, Any]]:
        """Every real change of a client after a version, in order."""
        rows: list[dict[str, Any]] = self.get(f"/simulator/changes?since={since}")
        return rows

    def faults(self, **faults: Any) -> None:
        """What shall go wrong from now on."""
        answer = _ask(f"{self._url}/simulator/faults", authorization=f"Bearer {self._token}", data=faults)
        assert answer.status == 200, answer

    def lost_answers(self) -> int:
        """How many answers are still to be lost."""
        return int(self.get("/simulator/faults")["lose_answers"])

    def get(self, path: str) -> Any:
        answer = _ask(self._url + path, authorization=f"Bearer {self._token}")
        assert answer.status == 200, answer
        return answer.body

    def _deployment(self, app: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{app}--web")
        return found


def _ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", ())
    return not _is_going(pod) and any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _is_going(pod: dict[str, Any]) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _ask(url: str, *, authorization: str, data: dict[str, Any] | None = None, method: str | None = None) -> Answer:
    content_type = "application/merge-patch+json" if method == "PATCH" else "application/json"
    headers = {"Authorization": authorization, "Accept": "application/json", "Content-Type": content_type}
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return Answer(response.status, json.load(response))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, json.load(error))
