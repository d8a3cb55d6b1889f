"""What a check says of a file that goes with a text: it quotes the file's name and has no place in the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanggap.publishing import sources
from tanggap.publishing.check import Finding, Severity


def of_file(
    rule: str, file: Mapping[str, Any], severity: Severity, why: Any, mend: Any, basis: str
) -> Finding:
    """This will make a finding about a joined entry (library.joined); `basis` is the id of a legal basis."""
    name = str(file.get("name") or "")
    return Finding(rule, severity, 0, 0, name, str(why), sources.shown(basis), str(mend))
