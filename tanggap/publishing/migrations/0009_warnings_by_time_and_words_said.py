import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_offices_changed_here"),
        ("channels", "0002_more_platforms"),
        ("publishing", "0008_withdrawals_and_public_notes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="alert",
            name="alert_once",
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["government", "-sent"], name="alert_newest"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("text", config="indonesian"),
                condition=models.Q(("state", "sent")),
                name="delivery_words",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "sent")),
                fields=["government", "-sent_at", "-id"],
                name="delivery_said",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                fields=("government", "sender", "identifier", "sent"), name="alert_once"
            ),
        ),
    ]
