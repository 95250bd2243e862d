-- One row per figure of the statement.
-- claim: a29
-- event: eo-401k
-- article: A
-- statement: On 9 August Michelle Bowman of the Federal Reserve spoke for three cuts of rates this
--   year and announced a conference on community banks for 9 October
-- stated: 3
-- unit: count
-- theme: rates
--
-- part: document: on 9 August she spoke for three cuts this year
-- main: cuts: cuts in the text of her speech
-- shown: spoken: day of the speech
-- reason: Her speech of {spoken} supports {cuts} cuts this year.
--
-- part: document: a conference on community banks is to be held on 9 October
-- main: conference: day in the text of her speech
-- reason: Her speech names {conference} for the conference.
with speech as (
    select
        published('bowman_cuts_favoured') as cuts,
        published('bowman_speech_day') as spoken,
        published('community_bank_conference_day') as conference
)

select
    'cuts' as definition,
    null as anchor,
    null as venue,
    cuts as value,
    null as low,
    null as high,
    'count' as unit,
    vote_if(cuts = stated('a29') and spoken = stated('a29', 'speech_day')) as vote,
    null as note
from speech
union all
select 'spoken', null, null, spoken, null, null, 'yyyymmdd', null, null
from speech
union all
select
    'conference', null, null, conference, null, null, 'yyyymmdd',
    vote_if(conference = stated('a29', 'conference_day')), null
from speech
-- evidence
select * exclude (figure, as_of)
from reference_rows(['bowman_cuts_favoured', 'bowman_speech_day', 'community_bank_conference_day'])
