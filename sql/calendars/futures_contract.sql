-- One row per futures contract.
create table cal.futures_contract (
    root varchar not null check (root <> ''),
    contract varchar not null check (contract <> ''),
    month date not null,
    last_session date not null,
    expires_at timestamptz not null,
    expiry_basis varchar not null check (expiry_basis in ('rule', 'override'))
);
comment on table cal.futures_contract is
    'When each monthly contract ends. A name carries one digit of the year and comes back every '
    'ten years (BTCZ7), so the month is part of the key. Key: root, month.';
comment on column cal.futures_contract.root is 'As in seed.futures_root';
comment on column cal.futures_contract.contract is
    'Root, month code and last digit of the year, e.g. METQ5';
comment on column cal.futures_contract.month is 'First day of the contract month';
comment on column cal.futures_contract.last_session is 'Day on which it last trades';
comment on column cal.futures_contract.expires_at is
    'End of trading and instant of the final settlement price: 16:00 London, in UTC';
comment on column cal.futures_contract.expiry_basis is
    'rule: last Friday, or the day before where CME is closed; override: '
    'seed.futures_expiry_override';
