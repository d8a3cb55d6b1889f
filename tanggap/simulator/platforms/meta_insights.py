"""How Meta's products tell metrics of an object."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.meta_graph import GraphError, answer


def insights(request: Request, key: str, told: Mapping[str, int | None]) -> Response:
    """This will answer a question for metrics: lifetime values; an unknown metric fails all, an untold one is left out.

    …/docs/graph-api/reference/insights, …/instagram-platform/reference/instagram-media/insights, …/threads/insights.
    """
    asked = request.args.get("metric", "").split(",")
    if not set(asked) <= set(told):
        raise GraphError(100, "(#100) The value must be a valid insights metric")
    return answer(
        {"data": [
            {"name": name, "period": "lifetime", "values": [{"value": told[name]}], "title": name,
             "id": f"{key}/insights/{name}/lifetime"}
            for name in asked if told[name] is not None
        ]}
    )  # fmt: skip
