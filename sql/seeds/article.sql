-- One row per article.
create table seed.article (
    article varchar not null check (article <> ''),
    title varchar not null check (title <> ''),
    title_en varchar check (title_en <> ''),
    publisher varchar not null check (publisher <> ''),
    published_on date not null
);
comment on table seed.article is
    'Articles whose claims are judged; a claim of another may name it as it likes. Key: article.';
comment on column seed.article.article is 'Name, as mart.claim has it';
comment on column seed.article.title is 'As it was published';
comment on column seed.article.title_en is
    'In English, where it was published in another language; our words';
comment on column seed.article.publisher is 'Who published it';
comment on column seed.article.published_on is 'Day of publication';
