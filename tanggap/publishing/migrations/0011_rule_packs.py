"""Rule packs, which the database keeps as they were made, and the number of the one that judged each version."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
create function publishing_rule_pack_guard() returns trigger language plpgsql as $$
begin
    raise exception 'rule packs are never changed or deleted';
end $$;
create trigger rule_pack_guard before update or delete on publishing_rulepack
    for each row execute function publishing_rule_pack_guard();
"""
BACK = """
drop trigger rule_pack_guard on publishing_rulepack;
drop function publishing_rule_pack_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_offices_changed_here"),
        ("publishing", "0010_numbers_are_asked_by_age"),
    ]

    operations = [
        migrations.AddField(
            model_name="version",
            name="rule_pack",
            field=models.PositiveIntegerField(
                default=0, help_text="the number of the rule pack that judged it; 0: the shipped rules"
            ),
        ),
        migrations.CreateModel(
            name="RulePack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "content",
                    models.JSONField(help_text="{rules: {id: {on, severity, by, reason}}, words: [...]}"),
                ),
                ("valid_from", models.DateField()),
                (
                    "valid_until",
                    models.DateField(help_text="its last day; null: until another one follows", null=True),
                ),
                (
                    "basis",
                    models.CharField(help_text="the decision or decree that it rests on", max_length=300),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True, help_text="what was changed, for colleagues", max_length=300
                    ),
                ),
                (
                    "tried",
                    models.JSONField(default=dict, help_text="what the trial before it said: counts only"),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.member"
                    ),
                ),
                (
                    "government",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.government",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("government", "number"), name="rule_pack_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="rule_pack_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RulePackDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.JSONField()),
                ("valid_from", models.DateField(null=True)),
                ("valid_until", models.DateField(null=True)),
                ("basis", models.CharField(blank=True, max_length=300)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("tried", models.JSONField(default=dict)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.member"
                    ),
                ),
                (
                    "government",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.government",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("government",), name="rule_pack_draft_once")],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
