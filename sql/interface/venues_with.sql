-- One row per venue that has hourly bars of an asset in its own dollar; one without a name where
-- none has.
create or replace macro venues_with(asset_name) as table
    with held as (
        select distinct hourly.venue
        from mart.spot_hourly as hourly
        semi join seed.venue as venue on hourly.venue = venue.venue and hourly.quote = venue.quote
        where hourly.asset = asset_name
    )

    select venue from held
    union all
    select null where not exists (from held);
comment on macro table venues_with is
    'The spot venues whose hourly bars of an asset are held, each in its own dollar; a row without '
    'a name where there is none, so that what is asked of them has a row all the same. Example: '
    'from venues_with(''ETH'')';
