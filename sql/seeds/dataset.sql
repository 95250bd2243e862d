-- One row per dataset.
create table seed.dataset (
    dataset varchar not null check (dataset <> ''),
    promise varchar not null check (promise <> ''),
    available_after_hours double check (available_after_hours >= 0),
    counted_from varchar not null check (counted_from in ('stamp', 'end')),
    calendar varchar check (calendar in ('clock', 'XNYS', 'CME_CRYPTO', 'CME_CRYPTO day', 'month')),
    fresh_within_hours double check (fresh_within_hours >= 0),
    restated_within_days double check (restated_within_days > 0),
    note varchar not null check (note <> ''),
    source varchar not null check (source <> '')
);
comment on table seed.dataset is
    'When the public can know a figure, whatever the hour we stored it, and by when its source '
    'should serve it. Key: dataset.';
comment on column seed.dataset.dataset is 'Raw table, or a part of it';
comment on column seed.dataset.promise is 'How fresh the newest figure should be';
comment on column seed.dataset.available_after_hours is
    'Hours from the instant that note names until the figure is public; null where it differs by '
    'figure';
comment on column seed.dataset.counted_from is
    'What the ledger counts these hours from: the stamp, or the end of the bar, session or day '
    '(for a settlement an hour late, to be sure)';
comment on column seed.dataset.calendar is
    'When figures are due: clock, at every interval; else a calendar of cal.stamp; null where '
    'nothing is due';
comment on column seed.dataset.fresh_within_hours is
    'Hours from when a figure is public until its source should serve it: a run that asks later '
    'and does not get it finds the source stale; null where no night asks';
comment on column seed.dataset.restated_within_days is
    'Days from the stamp within which its publisher restates a figure, wide enough for the latest '
    'corrections seen; a later one is held for a look. A convention of this project; null where a '
    'figure has no such time';
comment on column seed.dataset.note is 'What the hours are counted from';
comment on column seed.dataset.source is 'Page that says so, or what it was seen on';
