-- One row per contract, session and recorded version.
create table raw.fed_funds_price (
    contract varchar not null check (contract <> ''),
    session date not null check (session >= date '2010-01-01'),
    price double not null check (price > 75) check (price < 102),
    volume_contracts bigint check (volume_contracts >= 0),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.fed_funds_price is
    'Daily settlements of 30-day federal funds futures. Key: contract, session.';
comment on column raw.fed_funds_price.contract is
    'ZQ, month code and last digit of the year, e.g. ZQU5';
comment on column raw.fed_funds_price.session is 'CME session';
comment on column raw.fed_funds_price.price is
    '100 less the mean effective federal funds rate of the contract month, percent per year';
comment on column raw.fed_funds_price.volume_contracts is 'Contracts traded in the session';
