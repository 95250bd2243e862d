-- One row: from what the reference data and the staging views were last made.
create table ops.stage (
    fingerprint varchar not null check (fingerprint <> '')
);
comment on table ops.stage is
    'From what the schemas seed, cal and stg were last made: a build that finds the same '
    'fingerprint leaves them as they are. Key: fingerprint.';
comment on column ops.stage.fingerprint is 'SHA-256 over the SQL tree and the program';
