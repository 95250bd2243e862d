-- One row per event, question, candidate anchor, venue, model, market and window; then one per
-- event, question and choice.
create or replace view mart.specification as
select
    response.event,
    response.instrument || ' rose' as question,
    response.anchor, response.venue, 'none' as model, null as market, response.window_length, response.window_unit,
    response.value,
    null as p_two_sided,
    response.value > 0 as agrees
from mart.event_response as response
semi join seed.anchor as clock on response.event = clock.event and response.anchor = clock.anchor and clock.is_candidate
where response.measure = 'log_return' and response.is_nominal and response.instrument <> 'ETH/BTC' and response.value is not null
union all
select
    event,
    instrument || case when model <> 'constant_mean' and window_unit = 'hour' then ' rose more than ' || market else ' rose' end,
    anchor, venue, model, market, window_length, window_unit, value, p_two_sided, value > 0
from mart.event_inference
where measure = 'abnormal_log_return' and is_candidate and value is not null;
comment on view mart.specification is
    'The specification curve: every way to answer a question about returns, and whether the '
    'answer is yes. Key: event, question, anchor, venue, model, market, window_unit, '
    'window_length.';
comment on column mart.specification.event is 'As in seed.event';
comment on column mart.specification.question is
    'E.g. BTC rose; of hourly models with a market: ETH rose more than BTC';
comment on column mart.specification.anchor is 'Anchor that "after the event" can mean';
comment on column mart.specification.venue is 'Exchange';
comment on column mart.specification.model is
    'none (the plain return), constant_mean, market_model, market_adjusted';
comment on column mart.specification.market is
    'Market of the model; an index explains returns by session, and the question stays whether '
    'they rose';
comment on column mart.specification.window_length is 'Length of the window, in window_unit';
comment on column mart.specification.window_unit is 'hour or session';
comment on column mart.specification.value is 'Plain or abnormal log return';
comment on column mart.specification.p_two_sided is
    'As in mart.event_inference; null for plain returns';
comment on column mart.specification.agrees is 'Whether the value is above zero';

create or replace view mart.specification_choice as
with laid as (
    unpivot (
        select
            event, question, cast(agrees as integer) as vote, anchor, venue,
            model || coalesce(' on ' || market, '') as model,
            window_length || ' ' || window_unit as "window"
        from mart.specification
    )
    on anchor, venue, model, "window" into name choice value alternative
),

each as (
    select event, question, choice, alternative, count(*) as specifications, avg(vote) as share
    from laid
    group by event, question, choice, alternative
),

overall as (
    select event, question, choice, sum(share * specifications) / sum(specifications) as share
    from each
    group by event, question, choice
)

select
    each.event, each.question, each.choice,
    cast(count(*) as integer) as alternatives,
    cast(sum(each.specifications) as integer) as specifications,
    overall.share as agreeing_share,
    sum(each.specifications * (each.share - overall.share) ** 2)
    / nullif(sum(each.specifications) * overall.share * (1 - overall.share), 0) as variance_share
from each
inner join overall using (event, question, choice)
group by each.event, each.question, each.choice, overall.share;
comment on view mart.specification_choice is
    'Which choice an answer turns on: the share of the variance of yes and no that lies between '
    'its alternatives. Key: event, question, choice.';
comment on column mart.specification_choice.event is 'As in seed.event';
comment on column mart.specification_choice.question is 'As in mart.specification';
comment on column mart.specification_choice.choice is 'anchor, venue, model or window';
comment on column mart.specification_choice.alternatives is 'How many there are';
comment on column mart.specification_choice.specifications is 'Rows of mart.specification';
comment on column mart.specification_choice.agreeing_share is 'Share of them that answer yes';
comment on column mart.specification_choice.variance_share is
    'Between 0 (the choice changes nothing) and 1 (it alone decides); null where all agree';
