-- One row per claim, definition, anchor and venue.
create or replace table mart.claim_figure (
    claim varchar not null,
    ordinal integer not null,
    part integer not null,
    role varchar not null check (role in ('main', 'check', 'proxy', 'shown')),
    anchor varchar,
    venue varchar,
    definition varchar not null,
    value double,
    low double,
    high double,
    unit varchar not null,
    vote varchar check (vote in ('yes', 'no', 'unclear')),
    note varchar
);
comment on table mart.claim_figure is
    'Every figure that was computed for a claim, and its vote. Key: claim, part, definition, '
    'anchor, venue.';
comment on column mart.claim_figure.claim is 'As in mart.claim';
comment on column mart.claim_figure.ordinal is 'Place of the figure within its claim, from 1';
comment on column mart.claim_figure.part is 'As in mart.claim_part';
comment on column mart.claim_figure.role is
    'Of its definition: main decides, check is asked too, proxy stands in for figures that are '
    'not held, shown is beside; the last two do not vote';
comment on column mart.claim_figure.anchor is
    'Anchor of the event from which the figure is computed; null where none applies';
comment on column mart.claim_figure.venue is
    'Venue or index of the prices; null where none applies';
comment on column mart.claim_figure.definition is 'What the words of the claim are taken to mean';
comment on column mart.claim_figure.value is
    'The figure, in unit; null where the data do not give it, or where it is a range';
comment on column mart.claim_figure.low is
    'Lowest value over the instants at which the anchor may have been, or over the span that the '
    'definition names';
comment on column mart.claim_figure.high is 'Highest value, likewise';
comment on column mart.claim_figure.unit is
    'fraction, yield and points (fractions: of a bond, and a difference of percentages), usd, '
    'ratio, hour, coin, yyyymmdd (a day written as a number), count, ...';
comment on column mart.claim_figure.vote is
    'Whether the figure bears the claim out; unclear where it does at some of the instants and not '
    'at others, or where it is a tie; null where it does not vote';
comment on column mart.claim_figure.note is 'What was computed, or why it does not vote';
