-- One row per futures price and spot venue with an implausible annualised basis.
-- severity: warn
-- Rare in quiet markets, and the mark of a futures price joined to spot of another hour: check
-- observed_at first.
select
    concat_ws(' ', vendor, contract, price_kind, day, venue) as object,
    format('annualised basis {:.1f} %', 100 * annualised_basis) as detail
from mart.futures_basis
where annualised_basis not between threshold('check_basis_low') and threshold('check_basis_high');
