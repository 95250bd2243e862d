-- One row per choice of the study.
create or replace table mart.study_design (
    design_hash varchar not null check (length(design_hash) = 12),
    name varchar not null,
    value varchar not null
);
comment on table mart.study_design is
    'The choices under which mart.event_response, mart.event_inference and mart.event_model were '
    'computed. Key: design_hash, name.';
comment on column mart.study_design.design_hash is
    'First 12 hexadecimal digits of the SHA-256 of all names and values';
comment on column mart.study_design.name is
    'Field of Design (pipeline/marketwake/event_study/design.py says what it means and why)';
comment on column mart.study_design.value is 'Its value';
