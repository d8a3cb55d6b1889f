import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_offices_changed_here"),
        ("channels", "0002_more_platforms"),
        ("posts", "0005_taught"),
    ]

    operations = [
        migrations.CreateModel(
            name="Hit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hits",
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
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hits", to="posts.post"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["collection", "-at"], name="hit_newest")],
                "constraints": [models.UniqueConstraint(fields=("collection", "post"), name="hit_once")],
            },
        ),
    ]
