"""What the guards of 0004 left open: doors beside the four-eyes rule that only SQL would find.

- Whoever wrote stays a writer: `writers` loses nobody who is in no version, a version names all of them, the author of
  a publication never changes. What is under way keeps its version and its route.
- An approval looks at a publication that nobody changes meanwhile (it locks the row); approver, principal and the
  sender of an invitation are members of the same government and at work today; a role speaks for the offices that it
  reaches; a time that was told from outside opens no expired delegation or invitation.
- Somebody who sent an invitation counts as having agreed where a stage asks for another person, and an invitation to
  a writer's own address speaks for nobody. Invitations are only used, or ended earlier.
- The stages of a route have different keys: one approval is never two stages.
"""

import re
from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
create or replace function publishing_version_guard() returns trigger language plpgsql
set search_path = public, pg_temp as $$
declare p record;
begin
    if tg_op <> 'INSERT' then
        raise exception 'versions are never changed or deleted';
    end if;
    if new.hash <> encode(sha256(convert_to(new.content, 'UTF8')), 'hex') then
        raise exception 'the hash of version % is not that of its content', new.number;
    end if;
    select pub.government_id, pub.writers into p from publishing_publication pub where pub.id = new.publication_id;
    if p.government_id <> new.government_id or not new.writers @> p.writers then
        raise exception 'version % does not name all who wrote it', new.number;
    end if;
    return new;
end $$;

create function publishing_publication_guard() returns trigger language plpgsql
set search_path = public, pg_temp as $$
begin
    if new.author_id <> old.author_id or new.government_id <> old.government_id then
        raise exception 'the author of publication % stays its author', new.id;
    end if;
    if exists (select 1 from unnest(old.writers) w where not w = any(new.writers) and not exists (
        select 1 from publishing_version v where v.publication_id = new.id and w = any(v.writers)))
    then
        raise exception 'whoever wrote publication % stays its writer', new.id;
    end if;
    if old.state in ('review', 'approved', 'out', 'failed') and new.state in ('review', 'approved', 'out', 'failed')
        and (new.hash, new.route_id) is distinct from (old.hash, old.route_id)
    then
        raise exception 'what is under way keeps its version and its route: publication %', new.id;
    end if;
    return new;
end $$;
create trigger publication_guard before update on publishing_publication for each row
    when ((new.writers, new.author_id, new.government_id, new.hash, new.route_id)
        is distinct from (old.writers, old.author_id, old.government_id, old.hash, old.route_id))
    execute function publishing_publication_guard();

create function publishing_invitation_guard() returns trigger language plpgsql
set search_path = public, pg_temp as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'invitations are never deleted';
    end if;
    if (new.government_id, new.publication_id, new.stage, new.name, new.email, new.digest, new.hash, new.sent_by_id,
        new.sent_at) is distinct from (old.government_id, old.publication_id, old.stage, old.name, old.email,
        old.digest, old.hash, old.sent_by_id, old.sent_at)
        or new.expires_at > old.expires_at or (old.used_at is not null and new.used_at is distinct from old.used_at)
    then
        raise exception 'invitations are only used, or ended earlier';
    end if;
    return new;
end $$;
create trigger invitation_guard before update or delete on publishing_invitation
    for each row execute function publishing_invitation_guard();

create or replace function publishing_route_guard() returns trigger language plpgsql
set search_path = public, pg_temp as $$
declare stage jsonb;
begin
    if tg_op = 'DELETE' then
        raise exception 'approval routes are never deleted';
    end if;
    if tg_op = 'UPDATE' then
        if old.ended_at is null and (new.government_id, new.unit_id, new.kind, new.stages, new.made_by, new.made_at)
            is not distinct from (old.government_id, old.unit_id, old.kind, old.stages, old.made_by, old.made_at)
        then
            return new;
        end if;
        raise exception 'approval routes are only ended, never changed';
    end if;
    if jsonb_typeof(new.stages) <> 'array' or jsonb_array_length(new.stages) = 0 then
        raise exception 'an approval route has at least one stage';
    end if;
    for stage in select jsonb_array_elements(new.stages) loop
        if coalesce(stage->>'key', '') = '' or
            jsonb_array_length(coalesce(stage->'roles', '[]')) + jsonb_array_length(coalesce(stage->'members', '[]')) = 0
        then
            raise exception 'a stage has a key and somebody who decides';
        end if;
    end loop;
    if (select count(distinct s.value->>'key') from jsonb_array_elements(new.stages) s) <> jsonb_array_length(new.stages)
    then
        raise exception 'the stages of a route have different keys';
    end if;
    return new;
end $$;

create function publishing_at_work(member bigint, government bigint, on_day date) returns boolean language sql stable
set search_path = public, pg_temp as $$
    select exists (select 1 from agencies_member m where m.id = member and m.government_id = government
                   and (m.active_from is null or m.active_from <= on_day)
                   and (m.active_until is null or m.active_until >= on_day))
$$;

create function publishing_named(stage jsonb, member bigint, unit bigint) returns boolean language sql stable
set search_path = public, pg_temp as $$
    with recursive above(id, parent_id) as (
        select u.id, u.parent_id from agencies_unit u where u.id = unit
        union
        select u.id, u.parent_id from agencies_unit u join above a on u.id = a.parent_id
    )
    select exists (select 1 from agencies_member m where m.id = member and (
        coalesce(stage->'members', '[]') @> to_jsonb(m.id)
        or (coalesce(stage->'roles', '[]') ? m.role
            and (m.role in ('administrator', 'coordinator', 'leader') or m.unit_id in (select id from above)))))
$$;

create or replace function publishing_approval_guard() returns trigger language plpgsql
set search_path = public, pg_temp as $$
declare
    p record;
    i record;
    stage jsonb;
    decider bigint;
    today date;
begin
    if tg_op = 'DELETE' then
        raise exception 'approvals are never deleted';
    end if;
    if tg_op = 'UPDATE' then
        if old.voided_at is null and new.voided_at is not null and
            (new.government_id, new.publication_id, new.hash, new.stage, new.decision, new.approver_id,
             new.deputy_of_id, new.invitation_id, new.note, new.at)
            is not distinct from
            (old.government_id, old.publication_id, old.hash, old.stage, old.decision, old.approver_id,
             old.deputy_of_id, old.invitation_id, old.note, old.at)
        then
            return new;
        end if;
        raise exception 'approvals are only voided, never changed';
    end if;
    perform 1 from publishing_publication pub where pub.id = new.publication_id for no key update;
    select pub.government_id, pub.unit_id, pub.hash, pub.state, r.stages, g.timezone into p
        from publishing_publication pub join agencies_government g on g.id = pub.government_id
        left join publishing_route r on r.id = pub.route_id
        where pub.id = new.publication_id;
    if p.stages is null or p.state <> 'review' or new.voided_at is not null
        or p.government_id <> new.government_id
    then
        raise exception 'publication % does not wait for approval', new.publication_id;
    end if;
    if new.hash <> p.hash or not exists (
        select 1 from publishing_version v where v.publication_id = new.publication_id and v.hash = new.hash)
    then
        raise exception 'what was decided on is no longer the version of publication %', new.publication_id;
    end if;
    select s.value into stage from jsonb_array_elements(p.stages) s where s.value->>'key' = new.stage;
    if stage is null then
        raise exception 'publication % has no stage %', new.publication_id, new.stage;
    end if;
    if exists (
        select 1 from jsonb_array_elements(p.stages) with ordinality e(value, at)
        where e.at < (select min(m.at) from jsonb_array_elements(p.stages) with ordinality m(value, at)
                      where m.value->>'key' = new.stage)
          and not publishing_agreed(new.publication_id, new.hash, (e.value->>'key')::varchar))
    then
        raise exception 'an earlier stage of publication % is still open', new.publication_id;
    end if;
    today := (now() at time zone p.timezone)::date;
    if new.invitation_id is not null then
        select * into i from publishing_invitation where id = new.invitation_id;
        if i.publication_id <> new.publication_id or i.stage <> new.stage or i.hash <> new.hash
            or i.government_id <> p.government_id or i.expires_at < new.at or i.expires_at < now()
            or publishing_wrote(new.publication_id, i.sent_by_id)
            or not publishing_at_work(i.sent_by_id, p.government_id, today)
            or not publishing_named(stage, i.sent_by_id, p.unit_id)
        then
            raise exception 'this invitation does not speak for stage % of publication %', new.stage, new.publication_id;
        end if;
        if exists (
            select 1 from agencies_member m join agencies_user u on u.id = m.user_id
            where lower(u.email) = lower(i.email) and publishing_wrote(new.publication_id, m.id))
        then
            raise exception 'nobody decides on what they wrote: an invitation to a writer of publication %',
                new.publication_id;
        end if;
        if coalesce((stage->>'others')::boolean, false) and exists (
            select 1 from publishing_approval a left join publishing_invitation b on b.id = a.invitation_id
            where a.publication_id = new.publication_id and a.hash = new.hash and a.voided_at is null
              and a.decision = 'approved' and (a.approver_id = i.sent_by_id or b.sent_by_id = i.sent_by_id
                                               or lower(b.email) = lower(i.email)))
        then
            raise exception 'stage % asks for somebody who has not agreed yet', new.stage;
        end if;
        return new;
    end if;
    if publishing_wrote(new.publication_id, new.approver_id)
        or (new.deputy_of_id is not null and publishing_wrote(new.publication_id, new.deputy_of_id))
    then
        raise exception 'nobody decides on what they wrote: member % and publication %',
            new.approver_id, new.publication_id;
    end if;
    decider := coalesce(new.deputy_of_id, new.approver_id);
    if new.deputy_of_id is not null and not exists (
        select 1 from publishing_delegation d where d.member_id = new.deputy_of_id and d.deputy_id = new.approver_id
          and d.since <= new.at and d.until > new.at and d.since <= now() + interval '5 minutes' and d.until > now())
    then
        raise exception 'member % is no deputy of member %', new.approver_id, new.deputy_of_id;
    end if;
    if not publishing_named(stage, decider, p.unit_id) or not publishing_at_work(decider, p.government_id, today)
        or not publishing_at_work(new.approver_id, p.government_id, today)
    then
        raise exception 'member % does not decide at stage %', decider, new.stage;
    end if;
    if coalesce((stage->>'others')::boolean, false) and exists (
        select 1 from publishing_approval a left join publishing_invitation b on b.id = a.invitation_id
        where a.publication_id = new.publication_id and a.hash = new.hash and a.voided_at is null
          and a.decision = 'approved' and (a.approver_id = new.approver_id or b.sent_by_id = new.approver_id))
    then
        raise exception 'stage % asks for somebody who has not agreed yet', new.stage;
    end if;
    return new;
end $$;
"""
_BEFORE = re.findall(
    r"create (function publishing_(?:version|route|approval)_guard\(\).*?end \$\$;)",
    import_module("tanggap.publishing.migrations.0004_guards").FORWARD,
    re.DOTALL,
)
BACKWARD = "\n".join(
    [
        *(f"create or replace {one}" for one in _BEFORE),
        *(
            f"alter function publishing_{one}_guard() set search_path = public, pg_temp;"
            for one in ("version", "route", "approval")
        ),
        "drop trigger invitation_guard on publishing_invitation;",
        "drop trigger publication_guard on publishing_publication;",
        "drop function publishing_invitation_guard, publishing_publication_guard, publishing_named, publishing_at_work;",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("publishing", "0006_media_seen")]
    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("soon", "Tenggat dekat"),
                            ("late", "Lewat tenggat"),
                            ("slot", "Waktu terbit lewat"),
                        ],
                        max_length=4,
                    ),
                ),
                ("about", models.DateTimeField()),
                ("at", models.DateTimeField()),
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
                    "publication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="publishing.publication",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("publication", "kind", "about"), name="reminder_once"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
