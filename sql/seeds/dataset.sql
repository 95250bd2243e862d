-- One row per dataset.
create table seed.dataset (
    dataset varchar not null check (dataset <> ''),
    promise varchar not null check (promise <> ''),
    available_after_hours double check (available_after_hours >= 0),
    note varchar not null check (note <> ''),
    source varchar not null check (source <> '')
);
comment on table seed.dataset is 'When the public can know a figure, whatever the hour we stored it. Key: dataset.';
comment on column seed.dataset.dataset is 'Raw table, or a part of it';
comment on column seed.dataset.promise is 'How fresh the newest figure should be';
comment on column seed.dataset.available_after_hours is 'Hours from the instant that note names until the figure is public; null where it differs by figure';
comment on column seed.dataset.note is 'What the hours are counted from';
comment on column seed.dataset.source is 'Page that says so, or what it was seen on';
