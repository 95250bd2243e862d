-- One row per contract that ends at another instant than the rule says.
create table seed.futures_expiry_override (
    root varchar not null check (root <> ''),
    contract varchar not null check (contract <> ''),
    expires_at timestamptz not null,
    reason varchar not null check (reason <> ''),
    source varchar not null check (source <> '')
);
comment on table seed.futures_expiry_override is
    'Expiries that the rule of calendars/futures.py gets wrong; empty while it gets '
    'all right. Key: root, expires_at.';
comment on column seed.futures_expiry_override.root is 'As in seed.futures_root';
comment on column seed.futures_expiry_override.contract is
    'Name of the contract; the decade is that of expires_at';
comment on column seed.futures_expiry_override.expires_at is
    'When trading ends, UTC, within the contract month';
comment on column seed.futures_expiry_override.reason is 'Why the rule does not hold';
comment on column seed.futures_expiry_override.source is 'Exchange notice';
