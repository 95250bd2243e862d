-- One row per event, anchor, venue, instrument and model of hourly returns: its estimation.
create or replace table mart.event_model (
    event varchar not null,
    anchor varchar not null,
    anchor_at timestamptz not null,
    is_candidate boolean not null,
    venue varchar not null,
    instrument varchar not null,
    model varchar not null check (model in ('constant_mean', 'market_model', 'market_adjusted')),
    market varchar,
    observations integer not null check (observations > 1),
    alpha double not null,
    beta double,
    residual_sd double not null check (residual_sd >= 0),
    r_squared double check (r_squared <= 1),
    autocorrelation double check (autocorrelation between -1 and 1),
    durbin_watson double check (durbin_watson between 0 and 4),
    ljung_box_p double check (ljung_box_p between 0 and 1),
    arch_lm_p double check (arch_lm_p between 0 and 1),
    skewness double,
    excess_kurtosis double check (excess_kurtosis >= -2),
    design_hash varchar not null
);
comment on table mart.event_model is
    'Coefficients and residuals of the expected-return models: whether textbook standard errors '
    'could be trusted. Key: event, anchor, venue, instrument, model.';
comment on column mart.event_model.event is 'As in seed.event';
comment on column mart.event_model.anchor is 'As in seed.anchor';
comment on column mart.event_model.anchor_at is 'Its nominal instant, UTC';
comment on column mart.event_model.is_candidate is 'Whether "after the event" can mean this anchor';
comment on column mart.event_model.venue is 'Exchange';
comment on column mart.event_model.instrument is 'Asset';
comment on column mart.event_model.model is 'constant_mean, market_model, market_adjusted';
comment on column mart.event_model.market is
    'Asset whose returns explain; null for the constant mean';
comment on column mart.event_model.observations is 'Hourly log returns in the estimation window';
comment on column mart.event_model.alpha is 'Expected hourly log return beside the market''s share';
comment on column mart.event_model.beta is
    'Slope on the market''s return; 1 where it is not estimated, null for the constant mean';
comment on column mart.event_model.residual_sd is
    'Standard deviation (n - 1) of the residuals, per hour';
comment on column mart.event_model.r_squared is
    'Share of the variance of returns that the model explains; may be negative for market_adjusted';
comment on column mart.event_model.autocorrelation is 'Of the residuals at one hour';
comment on column mart.event_model.durbin_watson is
    'Durbin-Watson statistic; 2 without autocorrelation';
comment on column mart.event_model.ljung_box_p is
    'Ljung-Box test against autocorrelation up to 24 hours';
comment on column mart.event_model.arch_lm_p is
    'Engle''s test against volatility clustering up to 24 hours';
comment on column mart.event_model.skewness is 'Of the residuals';
comment on column mart.event_model.excess_kurtosis is
    'Of the residuals; 0 for a normal distribution';
comment on column mart.event_model.design_hash is 'As in mart.study_design';
