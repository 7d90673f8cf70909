-- +goose NO TRANSACTION
-- +goose Up

-- A post that is classified again, or edited, is inserted again: the earliest row of an id says when
-- the post arrived. What a collector read two weeks before it is inserted was here before, or comes
-- too late for anything that asks; a classification of everything anew leaves nothing here.
CREATE TABLE IF NOT EXISTS arrivals
(
    arrived DateTime64(3, 'UTC') COMMENT 'When a version of the post reached ClickHouse' CODEC(Delta, ZSTD(1)),
    id FixedString(32) COMMENT 'Post' CODEC(ZSTD(1)),
    seen DateTime64(3, 'UTC') COMMENT 'When a collector read that version' CODEC(Delta, ZSTD(1)),
    published DateTime64(3, 'UTC') COMMENT 'When that version was published' CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(arrived)
ORDER BY (arrived, id)
TTL toDateTime(arrived) + INTERVAL 15 DAY
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000
COMMENT 'When posts arrived, from every version of the last two weeks; the earliest row of a post counts';

CREATE MATERIALIZED VIEW IF NOT EXISTS arrivals_of_posts TO arrivals AS
SELECT inserted_at AS arrived, id, seen_at AS seen, published FROM posts WHERE removed = 0 AND seen_at >= inserted_at - INTERVAL 14 DAY;

-- It can be cut short; the next start then does all of this again. A row that is there twice counts once.
INSERT INTO arrivals (arrived, id, seen, published)
SELECT inserted_at, id, seen_at, published FROM posts WHERE removed = 0 AND inserted_at >= now() - INTERVAL 14 DAY AND seen_at >= inserted_at - INTERVAL 14 DAY;

-- +goose Down
DROP VIEW IF EXISTS arrivals_of_posts;
DROP TABLE IF EXISTS arrivals;
