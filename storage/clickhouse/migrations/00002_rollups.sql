-- +goose NO TRANSACTION
-- +goose Up

-- What was published in five minutes, by topic, language and kind of source: a function of
-- posts FINAL. Where posts change, the buckets they are or were in are counted again; nothing is
-- ever added to a row. A group that vanished keeps a row of zeros.
CREATE TABLE rollups
(
    bucket DateTime('UTC') COMMENT 'Start of the five minutes of published' CODEC(Delta, ZSTD(1)),
    topic LowCardinality(String) COMMENT 'Topic; empty for all posts, each once; none for those without a topic. A post counts in each of its topics: do not sum over topics',
    language LowCardinality(String) COMMENT 'Language found, as in posts',
    kind LowCardinality(String) COMMENT 'Sort of publisher, as in posts',
    posts UInt64 COMMENT 'Posts, the unscored ones included',
    positive UInt64 COMMENT 'Posts of positive tone',
    neutral UInt64 COMMENT 'Posts of neutral tone',
    negative UInt64 COMMENT 'Posts of negative tone',
    unscored UInt64 COMMENT 'Posts whose tone is not known',
    score_sum Float64 COMMENT 'Sum of sentiment_score over the scored posts',
    sources Array(LowCardinality(String)) COMMENT 'Sources of the posts, each once, in order',
    version DateTime64(9, 'UTC') COMMENT 'When this was counted; the latest count wins'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (bucket, topic, language, kind)
SETTINGS index_granularity = 1024
COMMENT 'Posts per five minutes, topic, language and kind; ask for FINAL';

CREATE VIEW current_rollups AS SELECT * FROM rollups FINAL WHERE posts > 0
COMMENT 'The latest count of each group that has posts';

-- +goose Down
DROP VIEW current_rollups;
DROP TABLE rollups;
