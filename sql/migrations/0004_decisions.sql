-- Rows of a payload can be held; a payload can be ordered, and come from an address of one's own.
alter table ops.load add column rows_held bigint;
update ops.load set rows_held = 0;
alter table ops.load alter column rows_held set not null;
alter table ops.load add column ordered_by varchar;
alter table ops.load add column own_address varchar;
comment on column ops.load.own_address is
    'Where the settings had the source asked, in the place of its own address; null: itself';
comment on column ops.load.rows_held is 'Rows in ops.held';
comment on column ops.load.ordered_by is
    'split, again or supersede, where it may restate what stands without a look; null: nobody '
    'ordered it';
comment on column ops.load.dataset is
    'The raw table it feeds, or the source''s name for a payload that feeds several; accept or '
    'withdraw for a decision';
comment on column ops.load.request is
    'What was asked for: a file name or an address without secrets; of a decision the receipt, '
    'digest or run that it is about';
comment on column ops.run.flow is 'nightly, backfill, accept or withdraw';
