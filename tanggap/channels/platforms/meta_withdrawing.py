"""Takes own posts and comments away on Facebook and Threads.

Sources, seen 2026-11-22: developers.facebook.com/docs/pages-api/posts (DELETE /{page-post-id}, pages_manage_posts),
…/docs/graph-api/reference/comment (DELETE), …/documentation/threads/posts/delete-posts (DELETE /{threads-media-id},
threads_delete, 100 a day). Instagram documents none for published media.
"""

from __future__ import annotations

from tanggap.channels.connector import Outgoing, Sent
from tanggap.channels.errors import Gone, OutcomeUnknown
from tanggap.channels.platforms.meta_graph import Graph


def withdraw(line: Graph, out: Outgoing) -> Sent:
    """This will delete once; what is gone already is taken away."""
    try:
        told = line.write(f"/{out.target_external_id}", method="DELETE")
    except Gone:
        return Sent(out.target_external_id)
    if not isinstance(told, dict) or told.get("success") is not True:
        raise OutcomeUnknown(f"Jawaban {line.name} sesudah penarikan tidak terbaca.")
    return Sent(out.target_external_id)


def withdrawn(line: Graph, out: Outgoing) -> Sent | None:
    """This will look whether it is gone."""
    try:
        line.read(f"/{out.target_external_id}", {"fields": "id"})
    except Gone:
        return Sent(out.target_external_id)
    return None
