from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0007_fair_share")]

    operations = [
        migrations.AlterField(
            model_name="rawitem",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "Diterima"),
                    ("pointing", "Menunggu isinya"),
                    ("digested", "Terbaca"),
                    ("failed", "Gagal dibaca"),
                    ("quarantined", "Dikarantina"),
                ],
                db_default="received",
                default="received",
                max_length=11,
            ),
        ),
        migrations.AddIndex(
            model_name="rawitem",
            index=models.Index(condition=models.Q(("state", "pointing")), fields=["id"], name="raw_pointing"),
        ),
    ]
