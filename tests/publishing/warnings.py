"""Warnings in CAP 1.2 for tests: every part can be said otherwise, or left out with an empty text."""

from __future__ import annotations

from collections.abc import Sequence

_USUAL = "<urgency>Immediate</urgency><severity>{severity}</severity><certainty>Likely</certainty>"


def a_cap(
    identifier: str = "A-1", *, kind: str = "Alert", sent: str = "2026-11-22T11:00:00+07:00", status: str = "Actual",
    scope: str = "Public", references: str = "", language: str = "id-ID", event: str = "Hujan Lebat",
    severity: str = "Severe", expires: str = "2026-11-22T14:00:00+07:00", area: str = "Kota Uji",
    geocode: str = "99.71", polygon: str = "-7.7,110.3 -7.7,110.5 -7.9,110.5 -7.7,110.3", info: bool = True,
    description: str = "Hujan lebat disertai kilat dan angin kencang masih terjadi.",
    instruction: str = "Jauhi sungai dan pohon besar. Tunda perjalanan.", web: str = "https://www.cuaca.test/peringatan",
    sender: str = "peringatan@cuaca.test", sender_name: str = "Badan Cuaca Uji", more_infos: Sequence[str] = (),
) -> bytes:  # fmt: skip
    code = f"<geocode><valueName>Kemendagri</valueName><value>{geocode}</value></geocode>" if geocode else ""
    first = (
        f"<info><language>{language}</language><category>Met</category><event>{event}</event>"
        f"{_USUAL.format(severity=severity)}<onset>{sent}</onset><expires>{expires}</expires>"
        f"<senderName>{sender_name}</senderName><headline>{event} di {area}</headline>"
        f"<description>{description}</description><instruction>{instruction}</instruction><web>{web}</web>"
        f"<area><areaDesc>{area}</areaDesc><polygon>{polygon}</polygon>{code}</area></info>"
    )
    rest = "".join(
        f"<info>{one}{'' if '<severity>' in one else '<severity>Minor</severity>'}<urgency>Future</urgency>"
        "<certainty>Possible</certainty><area><areaDesc>Tempat lain</areaDesc></area></info>"
        for one in more_infos
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>{sender}</sender><sent>{sent}</sent><status>{status}</status>"
        f"<msgType>{kind}</msgType><scope>{scope}</scope><references>{references}</references>"
        f"{(first + rest) if info else ''}</alert>"
    ).encode()
