-- One row per fund and session from its launch to the newest day that its issuer has published.
create or replace table mart.etf_flow_issuer as
with step as (
    -- From one published day to the next. A split moves shares and NAV inversely; it may show in the
    -- NAV of a neighbouring day, since shares are told with a day's lag.
    select
        ticker, dated_on, shares_outstanding, nav_usd,
        lead(dated_on) over days as next_on,
        lead(shares_outstanding) over days as shares_after,
        lead(available_at) over days as known_at,
        ln(lead(shares_outstanding) over days / shares_outstanding) as moved,
        least(
            abs(moved + ln(nav_usd / lag(nav_usd) over days)),
            abs(moved + ln(lead(nav_usd) over days / nav_usd)),
            abs(moved + ln(lead(nav_usd, 2) over days / lead(nav_usd) over days))
        ) < abs(moved) / 2 and abs(moved) > ln(threshold('split_ratio')) as is_split
    from stg.etf_nav
    window days as (partition by ticker order by dated_on)
),

day as (
    select session, lead(session) over (order by session) as next_session
    from cal.session
    where calendar = 'XNYS'
),

told as (
    select
        fund.asset, fund.ticker, fund.issuer, day.session, step.* exclude (ticker),
        case
            when step.ticker is null then 'no row of the session'
            when step.next_on is null then 'not yet published'
            when step.next_on > day.next_session then 'the next session has no row'
            when coalesce(step.is_split, false) then 'split'
            else 'flow'
        end as step
    from seed.fund as fund
    inner join (select ticker, max(dated_on) as newest from stg.etf_nav group by all) as held using (ticker)
    inner join day on day.session between fund.launched_on and held.newest
    left join step on fund.ticker = step.ticker and day.session = step.dated_on
)

select
    told.asset, told.ticker, told.issuer, told.session, told.step,
    told.shares_outstanding as shares_before,
    if(told.step in ('flow', 'split'), told.shares_after, null) as shares_after,
    told.nav_usd,
    case told.step
        when 'flow' then (told.shares_after - told.shares_outstanding) * told.nav_usd
        when 'split' then 0
    end as net_flow_usd,
    farside.net_flow_usd as farside_usd,
    if(
        told.step = 'flow',
        (told.shares_after - told.shares_outstanding) * told.nav_usd - farside.net_flow_usd, null
    ) as difference_usd,
    if(told.step in ('flow', 'split'), told.known_at, null) as available_at
from told
left join stg.etf_flow as farside using (asset, ticker, session)
order by told.asset, told.ticker, told.session;
comment on table mart.etf_flow_issuer is
    'Net flow of single funds by their issuers'' shares and NAV, beside Farside''s: a check of it, '
    'never summed, since most funds publish no history. Key: asset, ticker, session.';
comment on column mart.etf_flow_issuer.asset is 'What the fund holds';
comment on column mart.etf_flow_issuer.ticker is 'Fund, as named in seed.fund';
comment on column mart.etf_flow_issuer.issuer is 'Sponsor of the fund';
comment on column mart.etf_flow_issuer.session is 'Session of the New York Stock Exchange';
comment on column mart.etf_flow_issuer.step is
    'flow; split: set to 0 and not compared; else why there is no flow: no row of the session, the '
    'next session has no row (the change is of several sessions together), not yet published';
comment on column mart.etf_flow_issuer.shares_before is
    'Shares before the session''s creations and redemptions: of the row dated with the session';
comment on column mart.etf_flow_issuer.shares_after is 'Shares after them: of the next row';
comment on column mart.etf_flow_issuer.nav_usd is 'NAV per share at the close, US dollars';
comment on column mart.etf_flow_issuer.net_flow_usd is
    'Change of shares times NAV, US dollars, negative for an outflow; null where step says why';
comment on column mart.etf_flow_issuer.farside_usd is 'Farside''s figure, US dollars';
comment on column mart.etf_flow_issuer.difference_usd is
    'The issuer''s flow less Farside''s, US dollars; null where either is missing';
comment on column mart.etf_flow_issuer.available_at is 'When the flow is public, UTC: with that row';
