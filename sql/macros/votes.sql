-- One value per figure: its vote on a claim, yes, no or unclear, from the lowest and the highest
-- value that it has over the instants at which its anchor may have been.
-- Null where there is no figure, or no bound. Unclear is what agrees at some of the instants and
-- not at others.
create or replace macro vote_above(low, high, bound) as case
    when low > bound then 'yes'
    when high <= bound then 'no'
    when low is not null and bound is not null then 'unclear'
end;
create or replace macro vote_below(low, high, bound) as case
    when high < bound then 'yes'
    when low >= bound then 'no'
    when low is not null and bound is not null then 'unclear'
end;
create or replace macro vote_within(low, high, least, most) as case
    when low >= least and high <= most then 'yes'
    when high < least or low > most then 'no'
    when low is not null and least is not null and most is not null then 'unclear'
end;
create or replace macro vote_if(agrees) as if(agrees, 'yes', if(not agrees, 'no', null));
comment on macro vote_above is
    'The vote of a figure that must exceed a bound, from its lowest and highest value. '
    'Example: select vote_above(0.01, 0.03, 0)';
comment on macro vote_below is
    'The vote of a figure that must stay below a bound. Example: select vote_below(0.5, 1.6, 1.2)';
comment on macro vote_within is
    'The vote of a figure that must lie between two bounds, both included. '
    'Example: select vote_within(0.01, 0.02, 0.015, 0.025)';
comment on macro vote_if is
    'The vote of a figure without a range: yes, no, or null where it is not known. '
    'Example: select vote_if(true)';
create or replace macro vote_not(vote) as case vote
    when 'yes' then 'no' when 'no' then 'yes' else vote
end;
comment on macro vote_not is
    'The vote on the opposite. Example: select vote_not(''yes'')';
