/**
 * The tables of the bus, and the functions that write them: what one commit has to do takes one way to the
 * server and back, and each of its statements is planned once for each connection. Steps that were
 * released are never changed; a function that changes is made anew under another name, so that nodes of
 * both versions write side by side while a cluster is updated.
 *
 * `owner` is the epoch of a node: 0 is nobody's.
 */
import { abandonedRows, behindAnother } from '../../stored-rows.ts'

const tables = `
  create table meta (key text primary key, value text not null);
  insert into meta values
    ('secret', encode(sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 'hex'));

  -- Who is there. A life has an epoch of its own, and for as long as it lasts a number that its ids end with.
  -- It says with each beat what all ids exceed that it will still store events with.
  create sequence epoch;
  create table node (
    epoch bigint primary key, number integer not null unique, beat bigint not null, address text not null,
    mark bigint not null default 0
  ) with (fillfactor = 50);
  -- Which commit of a life was the last, how many bytes its commits have added to the log, and the id of its
  -- last event: of one life they come in order. Without its row a life cannot write any more. That of 0 is
  -- of those that have ended.
  create table fence (
    epoch bigint primary key, commits bigint not null, bytes bigint not null, last bigint not null default 0
  ) with (fillfactor = 50);
  insert into fence values (0, 0, 0);
  -- Lives that have ended and whose belongings nobody has taken up yet.
  create table departed (epoch bigint primary key);

  create table event (
    id bigint primary key, bus text collate "C" not null, text text not null
  ) partition by range (id);
  create table event_other partition of event default;

  create table plan (first bigint primary key, owner bigint not null, text text not null)
    with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
  create index plan_owner on plan (owner);

  create table delivery (
    target text collate "C" not null, event bigint not null, item text collate "C" not null,
    attempts integer not null, due bigint not null, owner bigint not null default 0,
    error text, progress text, first_at bigint, lane text collate "C", own_text text, since bigint,
    primary key (target, event, item)
  ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
  create index delivery_due on delivery (target, due, event, item) where owner = 0;
  create index delivery_owner on delivery (owner, target, due) where owner <> 0;
  create index delivery_failing on delivery (target, due, event, item) where attempts > 0;
  create index delivery_event on delivery (event);
  create index delivery_lane on delivery (target, lane, event) where lane is not null;

  create table dead_letter (
    id bigint generated always as identity primary key,
    target text collate "C" not null, event bigint not null, item text collate "C" not null,
    text text not null, attempts integer not null, error text not null,
    error_code text collate "C" not null, exhausted_retry_condition text,
    first_at bigint not null, died_at bigint not null, lane text, progress text
  );
  create index dead_letter_target on dead_letter (target, id, error_code);
  create index dead_letter_error_code on dead_letter (error_code, id);

  -- A text that is null was deleted: the other nodes have to hear of it. What was decided has a version, what
  -- was only noted the time when it was, in ms by the server's clock.
  create table setting (
    kind text collate "C" not null, name text collate "C" not null, text text, version bigint not null,
    noted bigint not null default 0, primary key (kind, name)
  );
  create index setting_noted on setting (noted) where noted > 0;
  create index setting_version on setting (version);
  create table settings_version (version bigint not null);
  insert into settings_version values (0);
`

/** One delivery that keeps an order. Whoever else writes its lane waits until this is committed. */
const putInLane = `
  create function put_in_lane_1(d delivery) returns void language plpgsql as $$
  declare stands boolean;
  begin
    stands := not exists (
      select from delivery where target = d.target and lane = d.lane and event < d.event);
    d.due := case when stands then d.due else ${behindAnother} end;
    delete from delivery where target = d.target and event = d.event and item = d.item;
    insert into delivery select d.*;
    if stands then
      update delivery set due = ${behindAnother}
        where target = d.target and lane = d.lane and due < ${behindAnother} and event = (
          select min(event) from delivery
            where target = d.target and lane = d.lane and event > d.event);
    end if;
  end $$;
`

/** The rarer part of a commit, which comes as JSON. */
const commitRest = `
  create function put_deliveries_1(rows json) returns void language plpgsql as $$
  declare one delivery;
  begin
    insert into delivery
        (target, event, item, attempts, due, owner, error, progress, first_at, lane, own_text, since)
      select target, event, item, attempts, due, owner, error, progress, first_at, lane, own_text, since
        from json_populate_recordset(null::delivery, rows) where lane is null
      on conflict (target, event, item) do update set attempts = excluded.attempts, due = excluded.due,
        owner = excluded.owner, error = excluded.error, progress = excluded.progress, first_at = excluded.first_at,
        lane = null, own_text = excluded.own_text, since = excluded.since;
    for one in select * from json_populate_recordset(null::delivery, rows) where lane is not null
    loop
      perform put_in_lane_1(one);
    end loop;
  end $$;

  create function commit_rest_1(p_epoch bigint, rest json) returns void language plpgsql as $$
  declare one delivery; lanes bigint[]; gone bigint; next bigint; claimed bigint[];
  begin
    -- Locks of lanes in one order, and before what stands in them is read.
    lanes := array(select distinct hashtextextended(value, 1) as lock
      from json_array_elements_text(rest->'lanes') order by lock);
    foreach next in array lanes loop perform pg_advisory_xact_lock(next); end loop;

    if rest->'deliveries' is not null then perform put_deliveries_1(rest->'deliveries'); end if;
    -- A letter that another node revives is its, and no delivery is made of it here.
    if rest->'revived' is not null then
      claimed := array(select id from dead_letter
        where id in (select value::bigint from json_array_elements_text(rest->'revived'))
        order by id for update skip locked);
      delete from dead_letter where id = any (claimed);
      perform put_deliveries_1(json_agg(made)) from json_array_elements(rest->'redriven') each (made)
        where (made->>'letter')::bigint = any (claimed) having count(*) > 0;
    end if;
    if rest->'finished' is not null then
      delete from delivery d using json_populate_recordset(null::delivery, rest->'finished') f
        where d.target = f.target and d.event = f.event and d.item = f.item;
      for one in select * from json_populate_recordset(null::delivery, rest->'finished')
        where lane is not null
      loop
        update delivery set due = (rest->>'now')::bigint
          where target = one.target and lane = one.lane and due = ${behindAnother} and event =
            (select min(event) from delivery where target = one.target and lane = one.lane);
      end loop;
    end if;
    insert into dead_letter (target, event, item, text, attempts, error, error_code,
        exhausted_retry_condition, first_at, died_at, lane, progress)
      select target, event, item, text, attempts, error, error_code,
          exhausted_retry_condition, first_at, died_at, lane, progress
        from json_populate_recordset(null::dead_letter, rest->'dead');
    delete from delivery where (target, event, item) in (
      select d.target, d.event, d.item from json_array_elements_text(rest->'abandoned') gone (target)
        cross join lateral (select * from delivery where delivery.target = gone.target
          order by event desc, item desc limit ${abandonedRows}) d);
    if rest->'expired' is not null then
      with expired as (
        delete from event where id in (select value::bigint from json_array_elements_text(rest->'expired'))
          and not exists (select from delivery where delivery.event = event.id)
          and id < coalesce((select min(first) from plan), 9223372036854775807) -- of any node's
          returning octet_length(text) + 32 as bytes)
      select coalesce(sum(bytes), 0) into gone from expired;
      update fence set bytes = bytes - gone where epoch = p_epoch;
    end if;
  end $$;
`

/**
 * Settings. A decision is stored only where nobody else has decided since the version that it was made on,
 * and gives them the next: versions come in the order in which they are committed. For that it waits until
 * the one before is on disk; what is no decision, as what an archive has taken in each commit, does not.
 */
const commitSettings = `
  create function now_ms_1() returns bigint language sql volatile as $$
    select (extract(epoch from clock_timestamp()) * 1000)::bigint
  $$;
  create function commit_settings_1(rows json, decided_on bigint) returns bigint language plpgsql as $$
  declare now_at bigint;
  begin
    if decided_on is null then
      insert into setting (kind, name, text, version, noted)
        select kind, name, text, 0, now_ms_1()
          from json_populate_recordset(null::setting, rows) where text is not null
        on conflict (kind, name) do update set text = excluded.text, noted = excluded.noted;
      delete from setting s using json_populate_recordset(null::setting, rows) r
        where r.text is null and s.kind = r.kind and s.name = r.name;
      return null;
    end if;
    update settings_version set version = version + 1 returning version into now_at;
    if decided_on <> now_at - 1 then
      raise exception 'Settings were decided on by version %, and are of version %', decided_on, now_at - 1
        using errcode = 'BB002';
    end if;
    insert into setting (kind, name, text, version)
      select kind, name, text, now_at from json_populate_recordset(null::setting, coalesce(rows, '[]'))
      on conflict (kind, name) do update set text = excluded.text, version = excluded.version;
    return now_at;
  end $$;
`

const commit = `
  create function commit_1(
    p_epoch bigint, p_commit bigint, p_bytes bigint, ids bigint[], buses text[], texts text[],
    plans bigint[], plan_texts text[], done bigint[],
    rest json, settings json, decided_on bigint
  ) returns bigint language plpgsql as $$
  begin
    update fence set commits = p_commit, bytes = bytes + p_bytes,
        last = greatest(last, ids[array_upper(ids, 1)])
      where epoch = p_epoch and commits = p_commit - 1;
    if not found then
      raise exception 'The epoch % has ended', p_epoch using errcode = 'BB001';
    end if;
    if ids is not null then
      insert into event (id, bus, text) select * from unnest(ids, buses, texts);
    end if;
    if done is not null then delete from plan where first = any (done); end if;
    if plans is not null then
      insert into plan (first, owner, text)
        select first, p_epoch, text from unnest(plans, plan_texts) as each (first, text)
        on conflict (first) do update set owner = excluded.owner, text = excluded.text;
    end if;
    if rest is not null then perform commit_rest_1(p_epoch, rest); end if;
    if settings is not null or decided_on is not null then return commit_settings_1(settings, decided_on); end if;
    return null;
  end $$;

  -- Whether a commit was stored of which no answer came. It is not stored any more when this has said no.
  create function was_stored_1(p_epoch bigint, p_commit bigint) returns boolean language plpgsql as $$
  declare newest bigint;
  begin
    select commits into newest from fence where epoch = p_epoch for update;
    if not found then
      raise exception 'The epoch % has ended', p_epoch using errcode = 'BB001';
    end if;
    -- Written in any case: when that is on the disks, what came before it is. The number after that of the
    -- commit says that it was not stored, however often this is asked.
    update fence set commits = case when newest = p_commit then newest else p_commit + 1 end
      where epoch = p_epoch;
    return newest = p_commit;
  end $$;
`

/** Nodes that a cluster may have, and so what their ids go up by. */
export const mostNodes = 32

/**
 * Up to which id the log is complete: no node that lives gives one below its mark any more, or below that of
 * its last commit; and nobody begins below the marks of all. It costs a commit a number in a row that it
 * writes anyway.
 */
const membership = `
  create function complete_up_to_1() returns bigint language sql stable as $$
    select min(greatest(mark, last)) from node join fence using (epoch)
  $$;
  create function marks_1() returns bigint language sql stable as $$
    select greatest((select max(mark) from node), (select max(last) from fence))
  $$;

  create function join_1(p_address text) returns node language plpgsql as $$
  declare made node;
  begin
    lock table node in share row exclusive mode;
    select each into made.number from generate_series(0, ${mostNodes - 1}) each
      where each not in (select number from node) order by each limit 1;
    if made.number is null then
      raise exception 'The cluster has ${mostNodes} nodes already' using errcode = 'BB003';
    end if;
    made.epoch := nextval('epoch');
    made.beat := 0;
    made.address := p_address;
    made.mark := coalesce(complete_up_to_1(), (select last from fence where epoch = 0));
    insert into node select made.*;
    insert into fence values (made.epoch, 0, 0);
    return made;
  end $$;

  -- A life ends, by itself or because its heart has not been heard; \`p_beat\` is what was heard last. Waits
  -- for the commit that it may be making, and is followed by none.
  create function depart_1(p_epoch bigint, p_beat bigint) returns boolean language plpgsql as $$
  declare gone node; added fence;
  begin
    delete from node where epoch = p_epoch and beat = coalesce(p_beat, beat) returning * into gone;
    if not found then return false; end if;
    delete from fence where epoch = p_epoch returning * into added;
    update fence set bytes = bytes + added.bytes, last = greatest(last, added.last, gone.mark)
      where epoch = 0;
    insert into departed values (p_epoch);
    return true;
  end $$;

  -- Takes up what lives have left that have ended: their plans are the caller's from here on, and what they
  -- had in hand may be had by everybody.
  create function take_up_1(p_epoch bigint) returns setof plan language plpgsql as $$
  declare gone bigint;
  begin
    perform from node where epoch = p_epoch for share;
    if not found then
      raise exception 'The epoch % has ended', p_epoch using errcode = 'BB001';
    end if;
    for gone in select epoch from departed order by epoch for update skip locked loop
      update delivery set owner = 0 where owner = gone and owner <> 0;
      return query update plan set owner = p_epoch where owner = gone returning *;
      delete from departed where epoch = gone;
    end loop;
  end $$;

  -- The heart beats, and hears what the others have done: decided since the version, noted in so many ms.
  create function beat_1(p_epoch bigint, p_version bigint, p_ms bigint, p_mark bigint)
    returns json language plpgsql as $$
  declare newest bigint;
  begin
    update node set beat = beat + 1, mark = greatest(mark, p_mark) where epoch = p_epoch;
    if not found then
      raise exception 'The epoch % has ended', p_epoch using errcode = 'BB001';
    end if;
    select version into newest from settings_version;
    return json_build_object(
      'nodes', (select json_agg(json_build_array(epoch, beat, number, address) order by epoch) from node),
      'departed', exists (select from departed),
      'mark', marks_1(),
      'version', newest,
      'notes', (select json_agg(json_build_object('kind', kind, 'name', name, 'text', text))
        from setting where noted > 0 and noted > now_ms_1() - p_ms),
      'settings', case when newest > p_version then (
        select json_agg(json_build_object('kind', kind, 'name', name, 'text', text))
          from setting where version > p_version) end);
  end $$;
`

/** What is due or will be, the next of each target: a step of the index for each. */
const nextOfEach = `
  create function next_of_each_1() returns table (target text, due bigint) language sql stable as $$
    with recursive named (target) as (
      (select d.target from delivery d where d.owner = 0 order by d.target limit 1)
      union all
      select (select d.target from delivery d where d.owner = 0 and d.target > named.target
          order by d.target limit 1)
        from named where named.target is not null)
    select n.target, (select min(d.due) from delivery d where d.owner = 0 and d.target = n.target)
      from named n where n.target is not null
  $$;
`

/** Ids of a day; they begin with 2020. */
const idsPerDay = 86_400_000 * 4_096
const idEpochMs = 1_577_836_800_000

/**
 * The log's days, each a table: those that come are made two days before, those that are empty are dropped,
 * which gives their room back to the disk at once. Whoever cannot have its locks at once tries again later:
 * behind somebody who waits for them everybody would wait. What lies in no day lies in event_other.
 */
const days = `
  create function days_1() returns void language plpgsql as $$
  declare today bigint := (now_ms_1() - ${idEpochMs}) / 86400000; name text; day bigint;
  begin
    if not pg_try_advisory_xact_lock(hashtextextended('busbar days ' || current_schema(), 0)) then
      return;
    end if;
    perform set_config('lock_timeout', '500ms', true);
    for day in select generate_series(today, today + 2) loop
      name := 'event_' || day;
      continue when to_regclass(name) is not null;
      begin
        execute format('create table %I (like event including all)', name);
        execute format('alter table event attach partition %I for values from (%s) to (%s)',
          name, day * ${idsPerDay}, (day + 1) * ${idsPerDay});
      exception when lock_not_available or check_violation then null;
      end;
    end loop;
    for name in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'event'::regclass and c.relname ~ '^event_[0-9]+$'
        and substr(c.relname, 7)::bigint < today - 2
    loop
      begin
        execute format('select from %I limit 1', name) into day;
        get diagnostics day = row_count;
        if day = 0 then execute format('drop table %I', name); end if;
      exception when lock_not_available then null;
      end;
    end loop;
  end $$;
`

export const migrations = [
  tables + putInLane + commitRest + commitSettings + commit + membership + nextOfEach + days,
]
