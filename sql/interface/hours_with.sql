-- One row per hour bar of an asset on a venue (and series of the basis): the newest figure that was
-- public by the bar's close.
-- Figures stand as they are held now; what stood before they were restated gives as_known_at.
-- after: basis
create or replace macro hours_with_flows(asset_name, venue_name) as table
    select
        hourly.opened_at, hourly.closed_at, hourly.close, hourly.log_return,
        flow.session, flow.available_at, flow.net_flow_usd
    from mart.spot_hourly as hourly
    semi join seed.venue as own on hourly.venue = own.venue and hourly.quote = own.quote
    asof left join mart.etf_flow_daily as flow
        on hourly.asset = flow.asset and hourly.closed_at >= flow.available_at
    where hourly.asset = asset_name and hourly.venue = venue_name
    order by hourly.closed_at;
create or replace macro hours_with_basis(root_or_asset, tenor_days, venue_name) as table
    with figure as (
        from basis(root_or_asset, tenor_days)
        where venue = venue_name
    ),

    series as (
        select distinct vendor, root, asset, price_kind from figure
    )

    select
        series.vendor, series.root, series.price_kind,
        hourly.opened_at, hourly.closed_at, hourly.close, hourly.log_return,
        figure.day, figure.observed_at, figure.available_at, figure.annualised_basis
    from series
    inner join mart.spot_hourly as hourly on series.asset = hourly.asset
    semi join seed.venue as own on hourly.venue = own.venue and hourly.quote = own.quote
    asof left join figure
        on series.vendor = figure.vendor and series.root = figure.root
        and series.price_kind = figure.price_kind and hourly.closed_at >= figure.available_at
    where hourly.venue = venue_name
    order by series.vendor, series.root, series.price_kind, hourly.closed_at;
comment on macro table hours_with_flows is
    'The hours of an asset on a venue, each with the net flow of its US funds in the newest '
    'session that was public by the hour''s end, not of the day of the hour. Example: from '
    'hours_with_flows(''ETH'', ''Coinbase'')';
comment on macro table hours_with_basis is
    'The hours of the asset of a root (or of an asset) on a venue, each with the newest annualised '
    'basis that was public by the hour''s end, at a tenor of basis(). Example: from '
    'hours_with_basis(''MET'', 30, ''Coinbase'')';
