-- One row per definition.
-- claim: b14
-- event: ny-prudent-1950
-- article: B
-- statement: New York was the first state to take up the prudent man rule for pensions
-- stated: first
-- unit: words
-- theme: precedents
--
-- part: document: New York was the first state
-- main: earlier: states that had such a law before
-- otherwise: A list of the states' laws by year would decide; none was found.
select
    'earlier' as definition,
    null as anchor,
    null as venue,
    null as value,
    null as low,
    null as high,
    'count' as unit,
    null as vote,
    null as note
