-- One row per scale: any share of plan assets at any pace; the same arithmetic as mart.scenario.
create or replace macro scenario(share, years) as table
    select
        share * stated('a19', 'plans_401k') as amount_usd,
        share * stated('a19', 'plans_401k') / years as amount_per_year_usd,
        scale.scale,
        scale.scale_usd,
        share * stated('a19', 'plans_401k') / if(scale.is_yearly, years, 1) / scale.scale_usd
            as multiple
    from mart.scenario_scale as scale
    order by scale.scale;
comment on macro table scenario is
    'What a share of the 401(k) assets that article A states, spent evenly over so many years, '
    'would be beside the market and its flows: arithmetic, no forecast. Example: from '
    'scenario(0.03, 7)';
