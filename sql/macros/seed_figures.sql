-- One value per name: what words mean (threshold), what the articles state (stated), when the
-- public knows (available_after).
-- A name without a row is an error and never a null that would quietly not vote.
create or replace macro threshold(name) as coalesce(
    (select t.value from seed.threshold as t(threshold, value) where t.threshold = name),
    error('seed.threshold has no threshold ' || name)
);
-- Most claims state one figure, under the name 'stated': stated('a01'), stated('a18', 'hold').
create or replace macro stated(claim_id, figure_name := 'stated') as coalesce(
    (
        select f.value
        from seed.article_figure as f
        where f.claim = claim_id and f.figure = figure_name
    ),
    error('seed.article_figure has no figure ' || figure_name || ' of claim ' || claim_id)
);
-- Interval after which a dataset's figure is public; seed.dataset.note says from when it counts.
create or replace macro available_after(name) as to_seconds(3600 * coalesce(
    (select d.available_after_hours from seed.dataset as d where d.dataset = name),
    error('seed.dataset has no dataset ' || name)
));
comment on macro threshold is
    'What a word means: the value of seed.threshold under a name; an unknown name is an error. '
    'Example: select threshold(''about_points'')';
comment on macro stated is
    'The figure that a claim states, of seed.article_figure; an unknown name is an error. '
    'Example: select stated(''a01''), stated(''a18'', ''hold'')';
comment on macro available_after is
    'Interval from the instant that seed.dataset names until a figure is public; an unknown name '
    'is an error. Example: select available_after(''spot_bar'')';
