-- An offender says of which bars it is, so that a check can look at some days alone; up to when months
-- were counted stands in ops.taken_in.
alter table ops.offender add column stamped_at timestamptz;
comment on column ops.offender.stamped_at is
    'Opening of the bars that it is about, UTC; null where it is about others, or about many';
alter table if exists ops.coverage_month drop column counted_to;
