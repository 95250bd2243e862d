-- Offenders of data checks can be accepted: ops.offender says why. The next run writes its rows anew.
alter table ops.offender add column accepted_reason varchar;
comment on table ops.offender is 'What the data checks of sql/checks found at the end of the newest run; an error there that nobody accepted stopped the publishing. Key: check_name, object, detail.';
comment on column ops.offender.check_name is 'File in sql/checks; stale_acceptance: an acceptance that matches nothing any more';
comment on column ops.offender.accepted_reason is 'Why it is left as it is, where somebody accepted it (ops.acceptance); null: it counts';
