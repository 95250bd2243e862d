-- One value per call: the annualised forms of a futures basis (a fraction) over a number of days,
-- actual/365.
create or replace macro annualised_simple(basis, days) as basis * 365 / days;
create or replace macro annualised_compounded(basis, days) as (1 + basis) ** (365 / days) - 1;
create or replace macro annualised_log(basis, days) as ln(1 + basis) * 365 / days;
-- Annualised basis at a tenor from two maturities, linear in the basis earned until expiry (rate *
-- days). With near <= tenor <= far it is a
-- weighted mean of the two rates, weights near_days * (far_days - tenor) and far_days * (tenor -
-- near_days) over (far_days - near_days) * tenor.
create or replace macro constant_maturity(near_rate, near_days, far_rate, far_days, tenor_days) as (
    near_rate * near_days
    + (far_rate * far_days - near_rate * near_days) / (far_days - near_days)
    * (tenor_days - near_days)
) / tenor_days;
comment on macro annualised_simple is
    'basis * 365 / days: a basis (fraction) per year, simple. Example: select '
    'annualised_simple(0.006, 21.79)';
comment on macro annualised_compounded is
    '(1 + basis) ^ (365 / days) - 1: the same, compounded. Example: select '
    'annualised_compounded(0.006, 21.79)';
comment on macro annualised_log is
    'ln(1 + basis) * 365 / days: the same, continuous. Example: select annualised_log(0.006, '
    '21.79)';
comment on macro constant_maturity is
    'Annualised basis at a tenor from a nearer and a farther maturity, linear in rate times days. '
    'Example: select constant_maturity(0.10, 20, 0.12, 50, 30)';
