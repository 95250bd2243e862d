-- One row per meeting, quote day, target range and recorded version.
create table raw.fed_probability (
    meeting date not null check (meeting >= date '2010-01-01'),
    quoted_on date not null check (quoted_on >= date '2010-01-01'),
    lower_bps integer not null check (lower_bps >= 0),
    upper_bps integer not null,
    probability double not null check (probability >= 0) check (probability <= 1),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null,
    check (upper_bps > lower_bps)
);
comment on table raw.fed_probability is
    'CME FedWatch probabilities of the federal funds target range after a meeting. Key: meeting, '
    'quoted_on, lower_bps.';
comment on column raw.fed_probability.meeting is 'Last day of the FOMC meeting';
comment on column raw.fed_probability.quoted_on is 'Day of the quote, end of day in Chicago';
comment on column raw.fed_probability.lower_bps is 'Lower end of the target range, basis points';
comment on column raw.fed_probability.upper_bps is 'Upper end of the target range, basis points';
comment on column raw.fed_probability.probability is 'Fraction; the ranges of a day sum to one';
