-- One row per row of raw data that a claim can rest on, in the columns of mart.claim_evidence and
-- those by which it is chosen.
create or replace macro price_rows(asset_name) as table
    select
        split_part(bar.symbol, '/', 1) || strftime(
            (bar.opened_at + interval 1 hour) at time zone 'UTC', ' at %Y-%m-%d %H:%M UTC'
        ) as what,
        bar.close as value, 'usd' as unit, bar.venue as publisher,
        'hourly bars of ' || bar.symbol || ', last price of the hour before' as source,
        bar.payload_sha256, bar.recorded_at,
        bar.opened_at + interval 1 hour as closed_at, bar.low, bar.high
    from raw.spot_bar as bar
    inner join seed.venue as venue
        on bar.venue = venue.venue and bar.symbol = asset_name || '/' || venue.quote
    where bar.bar_interval = '1h' and bar.superseded_at is null
    order by closed_at, publisher;
create or replace macro flow_rows(asset_name) as table
    select
        asset || ' funds, session of ' || session as what,
        sum(net_flow_usd order by ticker) as value, 'usd' as unit, 'Farside Investors' as publisher,
        'net flow of ' || count(*) || ' US spot funds' as source,
        arg_max(payload_sha256, recorded_at) as payload_sha256, max(recorded_at) as recorded_at,
        session
    from raw.etf_flow
    where superseded_at is null and asset = asset_name
    group by asset, session
    order by session;
create or replace macro reference_rows(figures) as table
    select
        replace(figure, '_', ' ') || ', ' || as_of as what,
        value, unit, publisher,
        source || case how_seen
            when 'in full' then ' (read in full)' when 'opening' then ' (its opening was seen)'
            when 'quoted' then ' (as quoted elsewhere)' when 'computed' then ' (computed)' else ''
        end as source,
        payload_sha256, recorded_at, figure, as_of
    from raw.reference_figure
    where superseded_at is null and list_contains(figures, figure)
    order by figure, as_of;
create or replace macro index_rows(index_name, length) as table
    select
        symbol || if(
            length = '1mo', strftime(session, ', mean of %Y-%m'),
            strftime(session, ', close of %Y-%m-%d')
        ) as what,
        close as value, 'index_points' as unit, instrument.source as publisher,
        'index ' || symbol as source, payload_sha256, recorded_at, session
    from raw.index_bar
    left join seed.instrument as instrument on instrument.instrument = symbol
    where superseded_at is null and symbol = index_name and bar_interval = length
    order by session;
create or replace macro futures_rows(root_name) as table
    select
        contract || ', ' || replace(price_kind, '_', ' ') || ' of ' || day as what,
        price_usd as value, 'usd' as unit, 'CME Group' as publisher,
        vendor || coalesce(', ' || volume_contracts || ' contracts traded', '') as source,
        payload_sha256, recorded_at, contract, day, price_kind, vendor
    from raw.futures_price
    where superseded_at is null and root = root_name
    order by day, contract, price_kind;
create or replace macro fed_rows(meeting_day) as table
    select
        'target range from ' || lower_bps || ' to ' || upper_bps || ' bps after ' || meeting
        || ', quoted on ' || quoted_on as what,
        probability as value, 'fraction' as unit, 'CME Group' as publisher,
        'FedWatch' as source, payload_sha256, recorded_at, quoted_on, lower_bps, upper_bps
    from raw.fed_probability
    where superseded_at is null and meeting = meeting_day
    order by quoted_on, lower_bps;
comment on macro table price_rows is
    'Hourly closes of an asset on the venues, as evidence, with lowest and highest price of the '
    'hour and the instant closed_at. Example: from price_rows(''ETH'')';
comment on macro table flow_rows is
    'Net flow of the funds of an asset by session, as evidence. Example: from flow_rows(''ETH'')';
comment on macro table reference_rows is
    'Published figures of these names, as evidence, each with how its source was seen. Example: '
    'from reference_rows([''plan_assets_401k''])';
comment on macro table index_rows is
    'Closes of an index, 1d or 1mo, as evidence. Example: from index_rows(''^DJI'', ''1d'')';
comment on macro table futures_rows is
    'Prices of the contracts of a futures root, as evidence. Example: from futures_rows(''MET'')';
comment on macro table fed_rows is
    'Quoted probabilities of the target ranges after a meeting, as evidence. Example: from '
    'fed_rows(date ''2025-09-17'')';
