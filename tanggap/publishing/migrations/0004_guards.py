"""The database itself holds the four-eyes rule: what it refuses, no code above it can let through.

Versions and routes are never changed; an approval is refused to whoever wrote; a delivery of a publication does not
start without every stage's approval of the very words and files that it carries.
"""

from django.db import migrations

FORWARD = """
create function publishing_version_guard() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        raise exception 'versions are never changed or deleted';
    end if;
    if new.hash <> encode(sha256(convert_to(new.content, 'UTF8')), 'hex') then
        raise exception 'the hash of version % is not that of its content', new.number;
    end if;
    return new;
end $$;
create trigger version_guard before insert or update or delete on publishing_version
    for each row execute function publishing_version_guard();

create function publishing_route_guard() returns trigger language plpgsql as $$
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
    return new;
end $$;
create trigger route_guard before insert or update or delete on publishing_route
    for each row execute function publishing_route_guard();

create function publishing_wrote(publication bigint, member bigint) returns boolean language sql stable as $$
    select exists (select 1 from publishing_publication p where p.id = publication
                   and (p.author_id = member or member = any(p.writers)))
        or exists (select 1 from publishing_version v where v.publication_id = publication
                   and (v.author_id = member or member = any(v.writers)))
$$;

create function publishing_agreed(publication bigint, wanted varchar, stage varchar) returns boolean
language sql stable as $$
    select exists (select 1 from publishing_approval a where a.publication_id = publication and a.hash = wanted
                   and a.stage = $3 and a.decision = 'approved' and a.voided_at is null)
$$;

create function publishing_approval_guard() returns trigger language plpgsql as $$
declare
    p record;
    i record;
    stage jsonb;
    decider bigint;
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
    select pub.government_id, pub.hash, pub.state, r.stages into p
        from publishing_publication pub left join publishing_route r on r.id = pub.route_id
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
    if new.invitation_id is not null then
        select * into i from publishing_invitation where id = new.invitation_id;
        if i.publication_id <> new.publication_id or i.stage <> new.stage or i.hash <> new.hash
            or i.expires_at < new.at or publishing_wrote(new.publication_id, i.sent_by_id)
        then
            raise exception 'this invitation does not speak for stage % of publication %', new.stage, new.publication_id;
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
          and d.since <= new.at and d.until > new.at)
    then
        raise exception 'member % is no deputy of member %', new.approver_id, new.deputy_of_id;
    end if;
    if not exists (
        select 1 from agencies_member m where m.id = decider and m.government_id = new.government_id
          and (coalesce(stage->'roles', '[]') ? m.role or coalesce(stage->'members', '[]') @> to_jsonb(m.id)))
    then
        raise exception 'member % does not decide at stage %', decider, new.stage;
    end if;
    if coalesce((stage->>'others')::boolean, false) and exists (
        select 1 from publishing_approval a where a.publication_id = new.publication_id and a.hash = new.hash
          and a.voided_at is null and a.decision = 'approved' and a.approver_id = new.approver_id)
    then
        raise exception 'stage % asks for somebody who has not agreed yet', new.stage;
    end if;
    return new;
end $$;
create trigger approval_guard before insert or update or delete on publishing_approval
    for each row execute function publishing_approval_guard();

create function publishing_delivery_guard() returns trigger language plpgsql as $$
declare
    p record;
    files jsonb;
begin
    if tg_op = 'UPDATE' and (new.kind, new.variant_id, new.channel_id) is distinct from
        (old.kind, old.variant_id, old.channel_id)
    then
        raise exception 'delivery % stays what it is', new.id;
    end if;
    if new.kind <> 'post' and new.variant_id is null then
        return new;
    end if;
    if new.state not in ('sending', 'unknown', 'sent') then
        return new;
    end if;
    if tg_op = 'UPDATE' and old.state in ('sending', 'unknown', 'sent') then
        if (new.text, new.media, new.hash) is distinct from (old.text, old.media, old.hash) then
            raise exception 'the words of delivery % have left', new.id;
        end if;
        return new;
    end if;
    select pub.id, pub.hash, pub.state, r.stages into p
        from publishing_variant v
        join publishing_publication pub on pub.id = v.publication_id
        left join publishing_route r on r.id = pub.route_id
        where v.id = new.variant_id and v.channel_id = new.channel_id and pub.government_id = new.government_id;
    if p.id is null or p.stages is null or p.state not in ('approved', 'out', 'failed') or p.hash <> new.hash then
        raise exception 'delivery % is not of an approved publication', new.id;
    end if;
    if exists (select 1 from jsonb_array_elements(p.stages) s
               where not publishing_agreed(p.id, new.hash, (s.value->>'key')::varchar))
    then
        raise exception 'publication % has not passed every stage', p.id;
    end if;
    select coalesce(jsonb_agg(jsonb_build_object('sha256', m.value->'sha256', 'alt', m.value->'alt') order by m.at), '[]')
        into files from jsonb_array_elements(new.media) with ordinality m(value, at);
    if not exists (
        select 1 from publishing_version v, jsonb_array_elements(v.content::jsonb->'parts') part
        where v.publication_id = p.id and v.hash = new.hash
          and part->'channel' = to_jsonb(new.channel_id) and part->'part' = to_jsonb(new.part)
          and part->>'text' = new.text and part->'media' = files and new.options @> (part->'options'))
    then
        raise exception 'delivery % does not say what was approved', new.id;
    end if;
    return new;
end $$;
create trigger delivery_guard before insert or update on publishing_delivery
    for each row execute function publishing_delivery_guard();
"""
BACKWARD = """
drop trigger delivery_guard on publishing_delivery;
drop trigger approval_guard on publishing_approval;
drop trigger route_guard on publishing_route;
drop trigger version_guard on publishing_version;
drop function publishing_delivery_guard, publishing_approval_guard, publishing_route_guard, publishing_version_guard,
    publishing_agreed, publishing_wrote;
"""


class Migration(migrations.Migration):
    dependencies = [("publishing", "0003_publications")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
