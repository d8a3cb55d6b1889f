import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0002_more_platforms"), ("posts", "0006_collected")]

    operations = [
        migrations.AddIndex(
            model_name="rawitem",
            index=models.Index(
                django.db.models.functions.comparison.Coalesce(
                    "channel_id",
                    django.db.models.expressions.CombinedExpression(
                        models.F("app_id"), "*", models.Value(-1)
                    ),
                ),
                "id",
                condition=models.Q(("state", "received")),
                name="raw_waiting",
            ),
        ),
        migrations.RemoveIndex(model_name="rawitem", name="raw_received"),
    ]
