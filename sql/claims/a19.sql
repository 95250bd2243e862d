-- One row per figure of the statement, and per sum that its figures must keep.
-- claim: a19
-- article: A
-- statement: employer plans 12.2 T USD, 401(k) 8.7 T; of that funds 5.3 T, equity funds 3.2 T, mixed 1.4 T (2025-03-31)
-- stated: 12200000000000
-- unit: usd
with part as (
    select
        stated.definition, stated.figure, stated.stated_usd, published.value, published.publisher,
        published.as_of
    from (
        values
        ('employer plans', 'plan_assets_dc', stated('a19')),
        ('401(k) plans', 'plan_assets_401k', stated('a19', 'plans_401k')),
        ('funds in 401(k) plans', 'plan_assets_401k_mutual_funds', stated('a19', 'funds')),
        ('equity funds in 401(k) plans', 'plan_assets_401k_equity_funds', stated('a19', 'equity_funds')),
        ('mixed funds in 401(k) plans', 'plan_assets_401k_hybrid_funds', stated('a19', 'mixed_funds'))
    ) as stated(definition, figure, stated_usd)
    left join stg.reference_figure as published
        on stated.figure = published.figure
        and cast(strftime(published.as_of, '%Y%m%d') as double) = stated('a19', 'as_of')
)

select
    null as anchor,
    null as venue,
    definition,
    value,
    null as low,
    null as high,
    'usd' as unit,
    abs(value / stated_usd - 1) <= threshold('about_share') as agrees,
    coalesce(publisher || ', as of ' || as_of, 'no published figure here; the Investment Company Institute''s tables would decide') as note
from part
union all
-- Parts that fit into their whole prove nothing; parts that do not would disprove.
select
    null,
    null,
    'sum check: ' || definition,
    share,
    null,
    null,
    'fraction',
    case when share > 1 then false end,
    'the stated parts ' || case when share > 1 then 'exceed' else 'fit into' end || ' their whole'
from (
    values
    ('401(k) plans as a share of employer plans', stated('a19', 'plans_401k') / stated('a19')),
    ('funds as a share of 401(k) plans', stated('a19', 'funds') / stated('a19', 'plans_401k')),
    ('equity and mixed as a share of funds', (stated('a19', 'equity_funds') + stated('a19', 'mixed_funds')) / stated('a19', 'funds'))
) as kept(definition, share)
