"""A withdrawal is a delivery; a public note of what was wrong is never deleted and never says something else."""

from django.db import migrations, models

FORWARD = """
create function publishing_amendment_guard() returns trigger language plpgsql
set search_path = public, pg_temp as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'public notes are never deleted';
    end if;
    if (new.government_id, new.publication_id, new.kind, new.text, new.by_id, new.at) is distinct from
        (old.government_id, old.publication_id, old.kind, old.text, old.by_id, old.at)
        or (old.follow_up_id is not null and new.follow_up_id is distinct from old.follow_up_id)
    then
        raise exception 'public notes are never changed';
    end if;
    return new;
end $$;
create trigger amendment_guard before update or delete on publishing_amendment
    for each row execute function publishing_amendment_guard();
"""
BACKWARD = """
drop trigger amendment_guard on publishing_amendment;
drop function publishing_amendment_guard;
"""


class Migration(migrations.Migration):
    dependencies = [("publishing", "0007_closer_guards")]
    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="kind",
            field=models.CharField(
                choices=[
                    ("post", "Terbitan"),
                    ("reply", "Balasan"),
                    ("private_reply", "Pesan pribadi"),
                    ("hide", "Sembunyikan"),
                    ("withdraw", "Penarikan"),
                ],
                max_length=14,
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
