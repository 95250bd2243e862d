-- One row per event of this installation.
create table ops.own_event (
    event varchar not null check (event <> ''),
    file varchar not null check (file <> '')
);
comment on table ops.own_event is
    'Events that this installation has described beside the project''s: they stand in seed.event, '
    'seed.anchor and seed.confounder too, and keep no other event''s placebo dates clean. Key: event.';
comment on column ops.own_event.event is 'As in seed.event';
comment on column ops.own_event.file is 'The file that tells of it, below the warehouse''s folder';
