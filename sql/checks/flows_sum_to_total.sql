-- One row per asset and session whose funds do not sum to the published total.
-- severity: warn
-- The figures are rounded to 0.1 M USD; more than that is a fund that is missing, renamed or
-- restated: compare with the publisher's page.
select asset || ' ' || session as object,
    format('funds {:.1f} M USD, published {:.1f} M USD', net_flow_usd / 1e6, published_total_usd / 1e6) as detail
from mart.etf_flow_daily
where abs(gap_usd) > threshold('check_flow_rounding');
