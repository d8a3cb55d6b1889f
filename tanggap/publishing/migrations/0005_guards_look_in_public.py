"""The guards look at the tables of the schema alone: a temporary table of the same name is not asked instead."""

from django.db import migrations

_FUNCTIONS = (
    "publishing_version_guard()", "publishing_route_guard()", "publishing_approval_guard()", "publishing_delivery_guard()",
    "publishing_wrote(bigint, bigint)", "publishing_agreed(bigint, varchar, varchar)",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("publishing", "0004_guards")]
    operations = [
        migrations.RunSQL(
            [f"alter function {one} set search_path = public, pg_temp" for one in _FUNCTIONS],
            [f"alter function {one} reset search_path" for one in _FUNCTIONS],
        )
    ]
