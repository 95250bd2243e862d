-- One row per claim about the event: what was written, and the verdict.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select
    claim.claim, claim.article, article.title, article.publisher, article.published_on,
    claim.statement, claim.statement_zh, claim.stated, claim.unit, claim.verdict, claim.agree,
    claim.unclear, claim.of, claim.first_verdict, claim.reason, claim.reason_zh
from mart.claim as claim
left join seed.article as article using (article)
where claim.event = $event
order by claim.claim;
