"""What every staff page shows around its content: places, counts, health."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def chrome(request: HttpRequest) -> dict[str, Any]:
    """This will add the member to every template."""
    return {"member": getattr(request, "member", None)}
