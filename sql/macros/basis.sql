-- One value per call: the annualised forms of a futures basis (a fraction) over a number of days, actual/365.
create or replace macro annualised_simple(basis, days) as basis * 365 / days;
create or replace macro annualised_compounded(basis, days) as (1 + basis) ** (365 / days) - 1;
create or replace macro annualised_log(basis, days) as ln(1 + basis) * 365 / days;
-- Annualised basis at a tenor from two maturities, linear in the basis earned until expiry (rate * days). With near <= tenor <= far it is a
-- weighted mean of the two rates, weights near_days * (far_days - tenor) and far_days * (tenor - near_days) over (far_days - near_days) * tenor.
create or replace macro constant_maturity(near_rate, near_days, far_rate, far_days, tenor_days) as (
    near_rate * near_days + (far_rate * far_days - near_rate * near_days) / (far_days - near_days) * (tenor_days - near_days)
) / tenor_days;
