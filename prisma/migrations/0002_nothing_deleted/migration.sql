-- What must never change must not be deleted either: the triggers of 0001 refuse updates alone. A row still goes with the
-- run, model or dataset that it belongs to: a cascade comes after its parent's row is gone. TRUNCATE, by which a backup is
-- restored, fires none of these.

create function refuse_deletion_beside_parent() returns trigger language plpgsql as $$
declare
  parent_lives boolean;
begin
  execute format('select exists (select from %I p where p.id = ($1).%I)', tg_argv[0], tg_argv[1]) into parent_lives using old;
  if parent_lives then
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
  end if;
  return old;
end $$;
create trigger promotion_event_kept before delete on promotion_event for each row
  execute function refuse_deletion_beside_parent('registered_model', 'model_id');
create trigger test_look_kept before delete on test_look for each row
  execute function refuse_deletion_beside_parent('dataset_version', 'dataset_version_id');
create trigger run_transition_kept before delete on run_transition for each row
  execute function refuse_deletion_beside_parent('run', 'run_id');

-- Looks outlive runs and models, not the images that were looked at: without this a dataset whose runs are all gone could
-- never be deleted.
alter table test_look
  drop constraint test_look_dataset_version_id_fkey,
  drop constraint test_look_split_id_fkey,
  add foreign key (dataset_version_id) references dataset_version on delete cascade,
  add foreign key (split_id) references split on delete cascade;

-- A run that is flagged as deleted can be restored, so the flag is no leave to change it.
create or replace function refuse_change_of_ended_run() returns trigger language plpgsql as $$
declare
  the_run text := coalesce(new.run_id, old.run_id);
begin
  if exists (select 1 from run_state s join run r on r.id = s.run_id
             where s.run_id = the_run and r.source = 'karyon' and s.status in ('finished', 'failed', 'cancelled', 'pruned')) then
    raise exception 'run % has ended: its % are immutable', the_run, tg_table_name using errcode = 'integrity_constraint_violation';
  end if;
  return coalesce(new, old);
end $$;
create trigger artifact_of_ended_run_kept before delete on artifact for each row execute function refuse_change_of_ended_run();
create trigger image_score_of_ended_run_kept before delete on image_score for each row execute function refuse_change_of_ended_run();
create trigger series_of_ended_run_kept before delete on metric_series for each row execute function refuse_change_of_ended_run();
create trigger points_deleted after delete on metric_point referencing old table as changed for each statement execute function refuse_points_of_ended_run();

-- Jobs ---------------------------------------------------------------------------------------------------------------

-- The machine that has the files a job reads, where only one has: any trainer of another host passes it by.
alter table job add column host text;
-- Nothing ever did these kinds.
alter table job drop constraint job_kind_check,
  add constraint job_kind_check check (kind in ('import', 'synthetic', 'evaluate', 'reveal-test', 'delete-runs'));
