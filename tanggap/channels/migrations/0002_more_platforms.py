import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_offices_changed_here"),
        ("channels", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="hook_at",
            field=models.DateTimeField(help_text="when the newest delivery came by hook", null=True),
        ),
        migrations.AddField(
            model_name="channel",
            name="quota",
            field=models.JSONField(default=dict, help_text="units used: {day, used}"),
        ),
        migrations.AddField(
            model_name="channel",
            name="rest_until",
            field=models.DateTimeField(
                help_text="nothing is sent before: the platform asked or failed", null=True
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="trips",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="failures in a row that concern all sends"
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="warned_days",
            field=models.PositiveSmallIntegerField(
                help_text="the last warning before the token ends", null=True
            ),
        ),
        migrations.CreateModel(
            name="Collection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("words", models.JSONField(default=list)),
                ("excluded", models.JSONField(default=list)),
                ("active", models.BooleanField(default=True)),
                ("created_by", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
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
            },
        ),
        migrations.CreateModel(
            name="Query",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("cursor", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=400)),
                ("found", models.PositiveBigIntegerField(default=0)),
                ("last_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="queries",
                        to="channels.channel",
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="queries",
                        to="channels.collection",
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
                "indexes": [models.Index(fields=["due_at"], name="query_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("collection", "channel", "text"), name="query_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("found", models.PositiveIntegerField(default=0)),
                ("missed", models.CharField(blank=True, max_length=400)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recoveries",
                        to="channels.channel",
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
                "indexes": [models.Index(fields=["channel", "-until"], name="recovery_newest")],
            },
        ),
    ]
