-- A rebuild can be of a few events alone.
alter table ops.build add column events varchar[];
comment on column ops.build.fingerprint is
    'SHA-256 over the state of the raw tables, the SQL tree and the program; behind a blank that of '
    'the installation''s own events and claims. in part: a part broke, so that the next run rebuilds';
comment on column ops.build.events is
    'The events that were rebuilt, where own events or claims alone had changed; null for all';
comment on column ops.run.flow is 'nightly, backfill, accept, withdraw or rebuild';
