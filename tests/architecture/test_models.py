"""Rows point downward only, and a row of a government is never reached without its scope."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from tanggap.agencies.models import Owned
from tanggap.core.scope import ScopedManager
from tanggap.core.state import Flow

LAYERS = [
    {"core"}, {"agencies"}, {"people"}, {"channels"}, {"publishing"}, {"posts"}, {"cases"},
    {"surveys", "participation"}, {"insights"}, {"console", "portal", "api"},
]  # fmt: skip
LEVEL = {label: level for level, labels in enumerate(LAYERS) for label in labels}
OURS = [model for model in apps.get_models() if model.__module__.startswith("tanggap.")]

# Rows that belong to no single government, each with its reason.
UNSCOPED = {
    "core.Entry": "the record of the whole installation; read by government through audit's own functions",
    "core.Job": "long work of the installation too; screens filter by government",
    "core.StoredFile": "core knows no government; rows are reached through those that own them",
    "agencies.Government": "the boundary itself",
    "agencies.User": "a person may work for two governments",
    "channels.App": "one developer app serves many governments",
    "posts.RawItem": "not known to whom it belongs before it is read",
    "cases.Counter": "touched by one statement with its government only",
}


def label(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.{model.__name__}"


@pytest.mark.parametrize("model", OURS, ids=label)
def test_no_foreign_key_points_upward(model: type[models.Model]) -> None:
    mine = LEVEL[model._meta.app_label]
    for field in model._meta.get_fields():
        target = getattr(field, "remote_field", None) and field.related_model
        if isinstance(target, type) and field.concrete and target.__module__.startswith("tanggap."):
            assert LEVEL[target._meta.app_label] <= mine, f"{label(model)}.{field.name}"


def test_publishing_knows_no_post_and_no_case() -> None:
    for model in OURS:
        if model._meta.app_label == "publishing":
            targets = {
                field.related_model._meta.app_label
                for field in model._meta.concrete_fields
                if field.related_model
            }
            assert targets <= {"publishing", "channels", "agencies", "core"}


@pytest.mark.fault(58)
@pytest.mark.parametrize("model", OURS, ids=label)
def test_a_row_of_a_government_is_scoped(model: type[models.Model]) -> None:
    if label(model) in UNSCOPED:
        return
    assert issubclass(model, Owned), f"{label(model)} has no government; say why in UNSCOPED"
    assert isinstance(model._default_manager, ScopedManager)


@pytest.mark.parametrize("model", OURS, ids=label)
def test_unique_keys_begin_with_the_government(model: type[models.Model]) -> None:
    """An external id may exist in two governments; a key that forgets that would join them."""
    for one in model._meta.constraints:
        if isinstance(one, models.UniqueConstraint) and "external_id" in one.fields:
            assert one.fields[0] == "government", one.name


@pytest.mark.parametrize("model", OURS, ids=label)
def test_a_field_with_a_flow_has_the_flows_states(model: type[models.Model]) -> None:
    flow = model.__dict__.get("flow")
    if isinstance(flow, Flow):
        field = model._meta.get_field(flow.field)
        assert {value for value, _name in field.choices or ()} == set(flow.edges)
        assert field.default == flow.start
