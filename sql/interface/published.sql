-- One value: a published figure, as it stands now.
create or replace macro published(name, day := '') as (
    select reference.value
    from stg.reference_figure as reference
    where reference.figure = name and (
        day is null or day::varchar = '' or reference.as_of = cast(nullif(day::varchar, '') as date)
    )
    order by reference.as_of desc
    limit 1
);
comment on macro published is
    'A published figure by its name in stg.reference_figure, of a day or the latest; null where it '
    'is not held. Example: select published(''plan_assets_401k''), '
    'published(''plan_assets_401k'', ''2025-03-31'')';
