-- One row per fund and session whose issuer's shares tell another flow than Farside.
-- severity: warn
-- Two publishers say different things of one session: look at the issuer's workbook and at Farside's
-- page before using either. Splits and sessions beside a missing row are not compared.
select asset || ' ' || ticker || ' ' || session as object,
    format(
        'issuer {:.1f} M USD, Farside {:.1f} M USD ({:.0f} shares before, {:.0f} after, NAV {:g})',
        net_flow_usd / 1e6, farside_usd / 1e6, shares_before, shares_after, nav_usd
    ) as detail
from mart.etf_flow_issuer
where abs(difference_usd) > threshold('check_issuer_flow');
