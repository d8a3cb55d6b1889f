from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("publishing", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="media",
            field=models.JSONField(
                default=list, help_text="stored files that go with the text: [{file, type, alt}]"
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="receipt",
            field=models.CharField(
                blank=True,
                choices=[
                    ("sent", "Terkirim"),
                    ("delivered", "Sampai"),
                    ("read", "Dibaca"),
                    ("failed", "Tidak sampai"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="receipt_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["channel", "-sending_since"], name="delivery_share"),
        ),
    ]
