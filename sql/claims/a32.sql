-- One row per futures contract that is shown.
-- claim: a32
-- event: eo-401k
-- article: A
-- statement: The higher premium of ether futures made some traders move from bitcoin to ether
-- stated: traders moved
-- unit: words
-- theme: futures
--
-- part: cause: the premium made traders move from bitcoin to ether
-- shown: ether: contracts traded in micro ether futures, the five days after the order over the
--   five before it
-- shown: bitcoin: contracts traded in micro bitcoin futures, the five days after the order over the
--   five before it
-- otherwise: Why somebody traded cannot be read off prices; the positions of the same traders in
--   both futures would show whether they moved. In the five days after the order {ether} times as
--   many micro ether futures were traded as in the five before, of micro bitcoin futures {bitcoin}
--   times as many.
select
    traded.definition,
    null as anchor,
    null as venue,
    sum(price.volume_contracts) filter (where price.day > clock.ordered_on)
    / sum(price.volume_contracts) filter (where price.day < clock.ordered_on) as value,
    null as low,
    null as high,
    'ratio' as unit,
    null as vote,
    null as note
from (values ('ether', 'MET'), ('bitcoin', 'MBT')) as traded(definition, root)
cross join (
    select cast(nominal_at at time zone 'UTC' as date) as ordered_on
    from seed.anchor
    where event = 'eo-401k' and anchor = 'day'
) as clock
left join stg.futures_price as price
    on price.root = traded.root and price.price_kind = 'last_trade'
    and price.day between clock.ordered_on - 5 and clock.ordered_on + 5
group by traded.definition
-- evidence
select
    root || ' futures, contracts traded on ' || day as what,
    cast(sum(volume_contracts) as double) as value,
    'count' as unit,
    max(vendor) as publisher,
    'bars of ' || count(*) || ' contracts' as source,
    arg_max(payload_sha256, recorded_at) as payload_sha256,
    max(recorded_at) as recorded_at
from raw.futures_price
where superseded_at is null and root in ('MET', 'MBT') and price_kind = 'last_trade'
    and day between date '2025-08-02' and date '2025-08-12' and day <> date '2025-08-07'
group by root, day
order by root, day
