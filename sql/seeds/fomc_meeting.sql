-- One row per scheduled meeting.
create table seed.fomc_meeting (
    meeting date not null,
    source varchar not null check (source <> '')
);
comment on table seed.fomc_meeting is
    'Scheduled meetings of the Federal Open Market Committee, without a gap from the first to the '
    'last row: a month in between that has none has no meeting. Key: meeting.';
comment on column seed.fomc_meeting.meeting is
    'Last day of the meeting, on which the decision is announced (14:00 New York)';
comment on column seed.fomc_meeting.source is 'Announcement';
