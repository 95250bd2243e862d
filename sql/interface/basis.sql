-- One row per vendor, root, kind of price, spot venue and day: the annualised basis at one tenor.
create or replace macro basis(root_or_asset, tenor_days) as table
    select front.* exclude (tenor)
    from (
        select
            0 as tenor,
            vendor, root, asset, price_kind, venue, day, observed_at, available_at,
            annualised_basis,
            contract as near_contract, cast(null as varchar) as far_contract,
            false as is_extrapolated
        from mart.futures_basis
        where is_front_month and annualised_basis is not null
        union all
        select
            maturity.tenor_days, vendor, root, asset, price_kind, venue, day, observed_at,
            available_at, annualised_basis,
            near_contract, far_contract, is_extrapolated
        from mart.basis_constant_maturity as maturity
    ) as front
    where root_or_asset in (front.root, front.asset)
        and front.tenor = if(
            tenor_days in (0, 30, 60, 90), tenor_days,
            error('basis: the tenor is 0 (front month), 30, 60 or 90 days')
        )
    order by front.root, front.price_kind, front.vendor, front.venue, front.day;
comment on macro table basis is
    'Annualised basis (simple, actual/365, fraction) of a root, or of all roots of an asset, day '
    'by day: of the front month (tenor 0), or at 30, 60 or 90 days between the two contracts '
    'around them. Example: from basis(''MET'', 30)';
