-- One row per figure of the statement, and per stand-in for it.
-- claim: a19
-- event: eo-401k
-- article: A
-- statement: On 31 March 2025 defined contribution plans of employers held 12.2 T USD, of which
--   401(k) plans 8.7 T; funds ran 5.3 T of these, equity funds 3.2 T and mixed funds 1.4 T
-- stated: 12200000000000
-- unit: usd
-- theme: pensions
--
-- part: document: employer plans of defined contribution held 12.2 T USD
-- main: employer_plans: all employer plans of defined contribution
-- tolerance: about_share
-- first: supported
-- reason: The Investment Company Institute puts employers' defined contribution plans at
--   {employer_plans} on 31 March 2025.
--
-- part: document: 401(k) plans held 8.7 T USD
-- main: plans_401k: 401(k) plans
-- tolerance: about_share
-- first: supported
-- reason: Of it {plans_401k} was in 401(k) plans.
--
-- part: document: funds ran 5.3 T USD of it
-- main: funds: 401(k) assets in mutual funds
-- tolerance: about_share
-- first: supported
-- reason: Mutual funds ran {funds} of that.
--
-- part: document: equity funds held 3.2 T USD of it
-- main: equity_funds: 401(k) assets in equity funds
-- proxy: equity_funds_later: 401(k) assets in equity funds three months later
-- tolerance: about_share
-- first: not testable
-- reason: Equity funds held {equity_funds} of it.
-- otherwise: What equity funds held that day was not found; three months later it was
--   {equity_funds_later}.
--
-- part: document: mixed funds held 1.4 T USD of it
-- main: mixed_funds: 401(k) assets in mixed funds
-- proxy: mixed_funds_later: 401(k) assets in mixed funds three months later
-- tolerance: about_share
-- first: not testable
-- reason: Mixed funds held {mixed_funds} of it.
-- otherwise: What mixed funds held was not found either; three months later it was
--   {mixed_funds_later}.
select
    definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'usd' as unit,
    vote_if(abs(value / stated_usd - 1) <= threshold('about_share')) as vote,
    null as note
from (
    select definition, stated_usd, published(figure, day) as value
    from (
        values
        ('employer_plans', 'plan_assets_dc', '2025-03-31', stated('a19')),
        ('plans_401k', 'plan_assets_401k', '2025-03-31', stated('a19', 'plans_401k')),
        ('funds', 'plan_assets_401k_mutual_funds', '2025-03-31', stated('a19', 'funds')),
        (
            'equity_funds', 'plan_assets_401k_equity_funds', '2025-03-31',
            stated('a19', 'equity_funds')
        ),
        ('equity_funds_later', 'plan_assets_401k_equity_funds', '2025-06-30', null),
        (
            'mixed_funds', 'plan_assets_401k_hybrid_funds', '2025-03-31',
            stated('a19', 'mixed_funds')
        ),
        ('mixed_funds_later', 'plan_assets_401k_hybrid_funds', '2025-06-30', null)
    ) as part(definition, figure, day, stated_usd)
)
-- evidence
select * exclude (figure, as_of)
from reference_rows([
    'plan_assets_dc', 'plan_assets_401k', 'plan_assets_401k_mutual_funds',
    'plan_assets_401k_equity_funds', 'plan_assets_401k_hybrid_funds'
])
