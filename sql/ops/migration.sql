-- One row per migration that this file has, applied or built in.
create table ops.migration (
    number integer not null check (number > 0),
    name varchar not null check (name <> ''),
    sha256 varchar not null check (length(sha256) = 64),
    applied_at timestamptz not null
);
comment on table ops.migration is
    'Which of sql/migrations this file has: all of them from the start where it was made after '
    'them. Key: number.';
comment on column ops.migration.number is 'Order in which they apply';
comment on column ops.migration.name is 'File in sql/migrations, without its ending';
comment on column ops.migration.sha256 is 'Of its text, hexadecimal';
comment on column ops.migration.applied_at is
    'UTC; the instant at which the file was made, where it was made later';
