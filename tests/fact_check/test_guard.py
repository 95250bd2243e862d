"""What a claim of one's own may run: the warehouse is read, and nothing else reached."""

import re
from pathlib import Path

import duckdb
import pytest

from marketwake.fact_check.claim_file import read_claim
from marketwake.fact_check.evaluation import FOLDER
from marketwake.fact_check.guard import Guard

TOLD = "kept to oneself"
ATTACKS = [
    "select content from read_text('{file}')",
    "from '{file}'",
    'from "{file}"',
    'from raw."{file}"',
    'from main."{file}"',
    "from read_csv('{file}', columns = {{'a': 'varchar'}}, header = false)",
    "from (select * from (from read_csv('{file}')))",
    "select (select any_value(content) from read_text('{file}'))",
    "select 1 where exists (from read_blob('{file}'))",
    "from mart.claim order by (select count(*) from read_text('{file}'))",
    "from mart.claim limit (select count(*) from read_text('{file}'))",
    "select sum(1) over (order by (select 1 from read_text('{file}')))",
    "select list_transform(['a'], lambda x: (select content from read_text('{file}')))",
    "select case when true then (select content from read_text('{file}')) end",
    "from fed_rows((select any_value(content) from read_text('{file}')))",
    "with hidden as materialized (from read_text('{file}')) from hidden",
    'with "{file}" as (select 1 as a) from (from "{file}")',
    "with recursive r(n) as (select 1 union all select n + 1 from r, '{file}' where n < 2) from r",
    "from (values (1)) as t(a) cross join lateral (from '{file}')",
    "from (pivot '{file}' on a in ('x') using count(*))",
    "select 1 union all from '{file}'",
    "from query('from ''{file}''')",
    "from query_table('{file}')",
    "from query_table(['{file}'])",
    "from system.main.query('from ''{file}''')",
    "from as_known_at('{file}', '2025-08-09')",
    "from as_known_at('raw.' || 'spot_bar', '2025-08-09')",
    "from as_known_at(table_name := '{file}', instant := '2025-08-09')",
    "from as_known_at('raw.spot_bar', '2025-08-09', table_name := '{file}')",
    "select json_serialize_plan('from ''{file}''')",
    "from json_execute_serialized_sql(json_serialize_sql('from ''{file}'''))",
    "from glob('*')",
    "from sniff_csv('{file}')",
    "from parquet_metadata('{file}')",
    "from duckdb_secrets()",
    "from duckdb_settings()",
    "from information_schema.tables",
    "from temp.main.renewed",
    "select getenv('HOME')",
    "select current_setting('secret_directory')",
    "select now()",
    "select current_localtimestamp()",
    "select age(timestamp '2020-01-01')",
    "select version()",
    "from mart.claim tablesample 10 percent",
    "select levenshtein(claim, claim) from mart.claim",
    "select repeat('a', 2000000)",
    "select random()",
    "select write_log('x')",
    "select sleep_ms(1)",
    "select pg_sleep(1)",
    "select $1",
    "attach '{file}' as other",
    "copy (select 1) to '{file}.out'",
    "install httpfs",
    "load '{file}'",
    "pragma database_list",
    "call force_checkpoint()",
    "set threads = 1",
    "insert into ops.own_event values ('a', 'b')",
    "with x as (insert into ops.own_event values ('a', 'b') returning *) from x",
    "create table mart.more as select 1",
    "drop table ops.run",
    "explain analyze select 1",
    "describe mart.claim",
    "from (summarize mart.claim)",
    "select 1; select 2",
    "select",
    "",
    "from somewhere",
    "from raw.nothing",
]
WORKING = (
    "select content from read_text('{file}')",
    "from '{file}'",
    "from (select * from (from read_csv('{file}')))",
    "select (select any_value(content) from read_text('{file}'))",
    "with hidden as materialized (from read_text('{file}')) from hidden",
    "from query('from ''{file}''')",
    "from query_table('{file}')",
)
HARMLESS = [
    "from mart.claim",
    "from MART.claim as c where c.claim in (select claim from mart.claim_part)",
    "with a as (select 1 as n), b as (from a) select sum(n), count(*), row_number() over () from b",
    "with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) from r",
    "select unnest([1, 2]), list_filter([1], lambda x: x > 0), if(true, 1, 2), nullif(1, 2)",
    "from range(3) as t(n) cross join unnest([1]) as u(m)",
    "from as_known_at('raw.spot_bar', '2025-08-09 06:00')",
    "from event_window('eo-401k', 'Coinbase', 'ETH/USD', 2, 24) limit 3",
    "select threshold('about_points'), as_instant('2025-08-09') at time zone 'UTC'",
    "from (unpivot (select 1 as a, 2 as b) on a, b)",
    "from seed.anchor asof join cal.session on nominal_at >= opens_at order by all -- the end",
    "values (1, 'a')",
]


@pytest.fixture(scope="module")
def guard(unchanged: duckdb.DuckDBPyConnection) -> Guard:
    """Of an empty warehouse."""
    return Guard(unchanged)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_reaches_elsewhere_is_refused(guard: Guard, tmp_path: Path, attack: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text(TOLD)
    assert guard.refusal(attack.format(file=file))


def test_the_attacks_would_have_worked(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Without the guard, on the writer's connection: it is not DuckDB that refuses them."""
    file = tmp_path / "secret.csv"
    file.write_text(f"a\n{TOLD}\n")
    for attack in WORKING:
        assert attack in ATTACKS
        assert TOLD in str(con.execute(attack.format(file=file)).fetchall())


@pytest.mark.parametrize("query", HARMLESS)
def test_what_reads_the_warehouse_may_run(
    unchanged: duckdb.DuckDBPyConnection, guard: Guard, query: str
) -> None:
    assert guard.refusal(query) is None
    unchanged.execute(query).fetchall()


def test_every_claim_of_the_project_keeps_to_it(guard: Guard) -> None:
    selects = [
        (path.stem, select)
        for path in sorted(FOLDER.glob("*.sql"))
        for claim in [read_claim(path)]
        for select in (claim.select, claim.evidence)
        if select
    ]
    assert len(selects) > 40
    assert {name: why for name, select in selects if (why := guard.refusal(select))} == {}


def test_no_function_of_duckdb_that_reads_files_is_let_in(
    unchanged: duckdb.DuckDBPyConnection,
    guard: Guard,
) -> None:
    """By DuckDB's own catalogue: whatever a later version brings under such a name."""
    functions = unchanged.execute(
        "select distinct function_name, function_type from duckdb_functions() where internal"
    ).fetchall()
    reaching = re.compile("read|glob|sniff|scan|parquet|secret|query|execute|attach|setting|env")
    tried = [
        f"from {name}('x')" if kind == "table" else f"select {name}('x')"
        for name, kind in functions
        if reaching.search(name) and kind != "pragma" and "variant" not in name
    ]
    assert len(tried) > 30
    assert [query for query in tried if guard.refusal(query) is None] == []
