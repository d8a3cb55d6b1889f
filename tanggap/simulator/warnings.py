"""A simulated weather agency: CAP 1.2 messages in an RSS and an Atom feed, with conditional requests and faults.

After https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html and RFC 9110, section 13, seen 2026-11-22. A WSGI
application: `Agency()` may be served by any server, or stand in for the network in a test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree as ET

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

_CAP = "urn:oasis:names:tc:emergency:cap:1.2"
_ATOM = "http://www.w3.org/2005/Atom"


class Agency:
    """An agency that warns. `fail` is the status of every answer while it is set; `asked` counts whole answers."""

    def __init__(self, name: str = "Badan Cuaca Rekaan", sender: str = "peringatan@cuaca.simulated") -> None:
        self.name, self.sender = name, sender
        self.messages: dict[str, bytes] = {}
        self.fail = 0
        self.asked = 0
        self._titles: dict[str, tuple[str, datetime]] = {}
        self._last: dict[str, str] = {}
        self._rules = Map(
            [
                Rule("/rss.xml", endpoint=self._rss),
                Rule("/atom.xml", endpoint=self._atom),
                Rule("/cap/<name>.xml", endpoint=self._message),
            ]
        )

    def warn(
        self, identifier: str, *, event: str = "Hujan Lebat", area: str = "Kota Tirtakencana", code: str = "99.71",
        kind: str = "Alert", follows: Sequence[str] = (), status: str = "Actual", severity: str = "Severe",
        now: datetime | None = None, hours: float = 3,
        description: str = "Hujan lebat disertai kilat dan angin kencang masih berlangsung.",
        instruction: str = "Jauhi sungai, baliho, dan pohon besar. Tunda perjalanan bila bisa.",
    ) -> bytes:  # fmt: skip
        """This will issue a message and list it in the feeds; `follows` are identifiers of earlier ones."""
        sent = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
        ET.register_namespace("", _CAP)
        root = ET.Element(f"{{{_CAP}}}alert")
        references = " ".join(f"{self.sender},{one},{self._last[one]}" for one in follows)
        for key, value in {
            "identifier": identifier, "sender": self.sender, "sent": _iso(sent), "status": status, "msgType": kind,
            "scope": "Public", "references": references,
        }.items():  # fmt: skip
            _add(root, key, value)
        info = ET.SubElement(root, f"{{{_CAP}}}info")
        for key, value in {
            "language": "id-ID", "category": "Met", "event": event, "urgency": "Immediate", "severity": severity,
            "certainty": "Likely", "onset": _iso(sent), "expires": _iso(sent + timedelta(hours=hours)),
            "senderName": self.name, "headline": f"{event} di {area}", "description": description,
            "instruction": instruction, "web": "https://cuaca.simulated/peringatan",
        }.items():  # fmt: skip
            _add(info, key, value)
        place = ET.SubElement(info, f"{{{_CAP}}}area")
        _add(place, "areaDesc", area)
        geocode = ET.SubElement(place, f"{{{_CAP}}}geocode")
        _add(geocode, "valueName", "Kemendagri")
        _add(geocode, "value", code)
        self._last[identifier] = _iso(sent)
        self.put(
            identifier, ET.tostring(root, encoding="utf-8", xml_declaration=True), f"{event}, {area}", sent
        )
        return self.messages[identifier]

    def put(self, name: str, body: bytes, title: str, at: datetime) -> None:
        """This will list any bytes as a message, also broken ones."""
        self.messages[name] = body
        self._titles[name] = (title, at)

    def serve(self, port: int = 0) -> Any:
        """This will return a server for 127.0.0.1 that is not running yet; its `server_port` names the port."""
        return make_server("127.0.0.1", port, self)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """This will answer a request as a WSGI application."""
        request = Request(environ)
        try:
            if self.fail:
                answer = Response("", self.fail)
            else:
                view, values = self._rules.bind_to_environ(environ).match()
                answer = view(request, **values)
        except HTTPException as error:
            answer = Response(error.description or "", error.code)
        self.asked += answer.status_code == 200
        return answer(environ, start_response)

    def _newest(self) -> list[tuple[str, str, datetime]]:
        rows = [(name, title, at) for name, (title, at) in self._titles.items()]
        return sorted(rows, key=lambda one: one[2], reverse=True)

    def _rss(self, request: Request) -> Response:
        root = ET.Element("rss", version="2.0")
        channel = ET.SubElement(root, "channel")
        ET.SubElement(channel, "title").text = self.name
        for name, title, at in self._newest():
            item = ET.SubElement(channel, "item")
            ET.SubElement(item, "title").text = title
            ET.SubElement(item, "link").text = f"{request.host_url}cap/{name}.xml"
            ET.SubElement(item, "pubDate").text = format_datetime(at)
        return _conditional(request, ET.tostring(root, encoding="utf-8"), "application/rss+xml")

    def _atom(self, request: Request) -> Response:
        ET.register_namespace("", _ATOM)
        feed = ET.Element(f"{{{_ATOM}}}feed")
        ET.SubElement(feed, f"{{{_ATOM}}}title").text = self.name
        for name, title, at in self._newest():
            entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
            ET.SubElement(entry, f"{{{_ATOM}}}id").text = f"urn:cap:{name}"
            ET.SubElement(entry, f"{{{_ATOM}}}title").text = title
            ET.SubElement(entry, f"{{{_ATOM}}}updated").text = _iso(at)
            ET.SubElement(entry, f"{{{_ATOM}}}link", href=f"{request.host_url}cap/{name}.xml")
        return _conditional(request, ET.tostring(feed, encoding="utf-8"), "application/atom+xml")

    def _message(self, request: Request, name: str) -> Response:
        if name not in self.messages:
            return Response("", 404)
        return _conditional(request, self.messages[name], "application/cap+xml")


def _conditional(request: Request, content: bytes, kind: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.set_etag(hashlib.sha256(content).hexdigest()[:16])
    return answer.make_conditional(request.environ)


def _add(under: ET.Element, name: str, text: str) -> None:
    ET.SubElement(under, f"{{{_CAP}}}{name}").text = text


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
