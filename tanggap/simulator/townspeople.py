"""Lets citizens speak on the simulated platforms of a town, over HTTP, and looks at what stands there."""

from __future__ import annotations

from typing import Any

import httpx


class TownError(Exception):
    """The town did not do what a citizen wanted; the text says what it answered, `retry` whether to try again."""

    def __init__(self, text: str, *, retry: bool = False) -> None:
        super().__init__(text)
        self.retry = retry


class Townspeople:
    """The citizens of a town at `address` (platforms/serving.py). Raises TownError where the town does not answer."""

    def __init__(self, address: str, *, timeout: float = 20.0) -> None:
        self._address = address.rstrip("/")
        self._client = httpx.Client(timeout=timeout, trust_env=False)

    def say(self, platform: str, text: str, **more: Any) -> dict[str, Any]:
        """This will say something; `author`, `kind` and `parent` as Simulated.say takes them. Returns the piece."""
        return dict(self._do(platform, "say", text=text, **more))

    def edit(self, platform: str, piece: str, text: str) -> dict[str, Any]:
        """This will change what stands there."""
        return dict(self._do(platform, "edit", key=piece, text=text))

    def delete(self, platform: str, piece: str) -> dict[str, Any]:
        """This will take it away."""
        return dict(self._do(platform, "delete", key=piece))

    def repeat(self, platform: str, piece: str) -> dict[str, Any]:
        """This will let the platform deliver again what it told of a piece."""
        return dict(self._do(platform, "repeat", key=piece))

    def answers(self, since: float = 0.0) -> dict[str, list[dict[str, Any]]]:
        """This will return, by platform, what official accounts answered after a time (Unix seconds)."""
        return dict(self._do("", "answers", since=since))

    def pieces(self, platform: str) -> list[dict[str, Any]]:
        """This will return all that ever stood on a platform."""
        return list(self._do(platform, "pieces"))

    def faults(self, platform: str, **faults: Any) -> dict[str, Any]:
        """This will let a platform go wrong from now on."""
        return dict(self._do(platform, "faults", **faults))

    def revoke(self, platform: str) -> None:
        """This will take the first official account's token away."""
        self._do(platform, "revoke")

    def waiting(self, platform: str) -> dict[str, int]:
        """This will return how many deliveries wait, and how many of the town's were taken or given up."""
        return dict(self._do(platform, "waiting"))

    def platforms(self) -> dict[str, dict[str, Any]]:
        """This will return, by platform, all that is needed to connect its first account."""
        return dict(self._do("", "state"))

    def close(self) -> None:
        """This will close the connections."""
        self._client.close()

    def _do(self, platform: str, deed: str, **given: Any) -> Any:
        path = f"{self._address}/{platform}/_kota/{deed}" if platform else f"{self._address}/_kota/{deed}"
        try:
            answer = self._client.post(path, json=given)
        except httpx.HTTPError as error:
            # Only what surely did not arrive may be said again.
            retry = isinstance(error, httpx.ConnectError)
            raise TownError(f"{type(error).__name__}: {error}", retry=retry) from error
        if not answer.is_success:
            raise TownError(f"HTTP {answer.status_code}: {answer.text[:200]}")
        return answer.json()
