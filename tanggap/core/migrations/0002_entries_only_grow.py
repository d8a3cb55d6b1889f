"""An audit entry is never changed but to be sealed, and never deleted: the database refuses it."""

from django.db import migrations

FORWARD = """
create function core_entry_only_grows() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.seal is null and
        (new.id, new.government_id, new.at, new.actor, new.action, new.target_kind, new.target_id, new.fields)
        is not distinct from
        (old.id, old.government_id, old.at, old.actor, old.action, old.target_kind, old.target_id, old.fields)
    then
        return new;
    end if;
    raise exception 'audit entries are never changed or deleted';
end $$;
create trigger entry_only_grows before update or delete on core_entry
    for each row execute function core_entry_only_grows();
"""
BACKWARD = "drop trigger entry_only_grows on core_entry; drop function core_entry_only_grows();"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
