-- One row per asset and session in which at least one fund reported.
create or replace table mart.etf_flow_daily as
with session_sum as (
    select
        asset,
        session,
        -- In order: the last digit of a sum of fractions depends on it.
        sum(net_flow_usd order by ticker) as net_flow_usd,
        cast(count(*) as integer) as funds_reporting,
        max(available_at) as available_at
    from stg.etf_flow
    group by all
)
select
    summed.asset,
    summed.session,
    summed.net_flow_usd,
    summed.funds_reporting,
    sum(summed.net_flow_usd) over (partition by summed.asset order by summed.session)
        as cumulative_usd,
    sum(summed.net_flow_usd) over (partition by summed.asset, year(summed.session) order by summed.session) as year_to_date_usd,
    rank() over (partition by summed.asset order by summed.net_flow_usd desc) as net_flow_rank,
    published.net_flow_usd as published_total_usd,
    summed.net_flow_usd - published.net_flow_usd as gap_usd,
    summed.available_at
from session_sum as summed
left join stg.etf_flow_total as published using (asset, session)
order by summed.asset, summed.session;
comment on table mart.etf_flow_daily is
    'Net flow of all US spot funds of an asset per session. A session in which no fund reported '
    'has no row; seed capital before launch is not counted. Key: asset, session.';
comment on column mart.etf_flow_daily.asset is 'What the funds hold';
comment on column mart.etf_flow_daily.session is 'Session of the New York Stock Exchange';
comment on column mart.etf_flow_daily.net_flow_usd is
    'Sum of the funds that reported, US dollars, negative for an outflow';
comment on column mart.etf_flow_daily.funds_reporting is
    'Funds with a figure, a reported zero included';
comment on column mart.etf_flow_daily.cumulative_usd is
    'Sum of net flows from the first session held here up to this one, US dollars';
comment on column mart.etf_flow_daily.year_to_date_usd is
    'Sum of net flows from the first session of the calendar year held here, US dollars';
comment on column mart.etf_flow_daily.net_flow_rank is
    'Rank of the session among all sessions held here, later ones included; 1 is the largest net '
    'inflow';
comment on column mart.etf_flow_daily.published_total_usd is
    'Total that the publisher prints, US dollars; null where none was loaded';
comment on column mart.etf_flow_daily.gap_usd is
    'Sum of the funds less the published total, US dollars; rounding keeps it within some 100,000';
comment on column mart.etf_flow_daily.available_at is
    'When the public could know the figure, UTC: the morning after';
