-- One row per meeting, quote day and change of the target that the futures price.
create or replace table mart.fed_probability_implied (
    meeting date not null,
    quoted_on date not null,
    change_bps integer not null,
    probability double not null check (probability > 0) check (probability < 1.000001)
);
comment on table mart.fed_probability_implied is
    'Probabilities of the federal funds target after a meeting, computed from federal funds '
    'futures by the method of CME FedWatch. Key: meeting, quoted_on, change_bps.';
comment on column mart.fed_probability_implied.meeting is 'Last day of the FOMC meeting';
comment on column mart.fed_probability_implied.quoted_on is 'Session of the settlement prices';
comment on column mart.fed_probability_implied.change_bps is
    'From the target of the quote day, over all meetings in between, basis points; -25 with a '
    'target of 425-450 is the range 400-425 of raw.fed_probability';
comment on column mart.fed_probability_implied.probability is
    'Fraction; the changes of a meeting and day sum to one';
