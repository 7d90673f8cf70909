-- +goose NO TRANSACTION
-- +goose Up

CREATE TABLE coverage
(
    source LowCardinality(String) COMMENT 'Source that was polled, as in configs/sources.yaml',
    at DateTime64(3, 'UTC') COMMENT 'End of the poll' CODEC(Delta, ZSTD(1)),
    duration_ms UInt32 COMMENT 'Length of the poll, milliseconds',
    posts UInt32 COMMENT 'Posts handed to Kafka and acknowledged',
    rejected UInt32 COMMENT 'Entries that could not become a post',
    lag_ms Int64 COMMENT 'Time seen minus time published of the newest post, milliseconds; 0 without one',
    class LowCardinality(String) COMMENT 'Class of the error; empty when the poll went well',
    error String COMMENT 'The error in one sentence; empty when the poll went well' CODEC(ZSTD(1)),
    partial Bool COMMENT 'Some entries came, others did not'
)
ENGINE = ReplacingMergeTree
ORDER BY (source, at)
TTL toDateTime(at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row for each poll of each source: a silence of sources is not a trend';

-- +goose Down
DROP TABLE coverage;
