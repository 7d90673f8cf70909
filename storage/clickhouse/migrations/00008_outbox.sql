-- +goose NO TRANSACTION
-- +goose Up

-- Alerts on their way to people. A row is replaced by its next version; one that is done holds
-- no content, and replaced versions, which do, are merged away within the hour.
CREATE TABLE outbox
(
    episode String COMMENT 'Of the alert; or the name of a digest' CODEC(ZSTD(1)),
    number UInt32 COMMENT 'Of the alert within its episode, from 1',
    channel LowCardinality(String) COMMENT 'Channel, as in configs/alerts.yaml',
    version UInt64 COMMENT 'Changes of the row; the highest holds',
    state LowCardinality(String) COMMENT 'queued, sending, sent or failed',
    queued DateTime64(3, 'UTC') COMMENT 'When it was handed over',
    due DateTime64(3, 'UTC') COMMENT 'From when on it may be sent: the end of the quiet hours',
    next DateTime64(3, 'UTC') COMMENT 'Earliest time of the next attempt',
    attempts UInt32 COMMENT 'Attempts that were begun',
    unsure UInt32 COMMENT 'Attempts of which it is not known whether the message went out',
    done DateTime64(3, 'UTC') COMMENT 'When it was sent or given up; 1970 before',
    receipt String COMMENT 'What the channel knows the message by' CODEC(ZSTD(1)),
    reason String COMMENT 'The last error in one sentence' CODEC(ZSTD(1)),
    form LowCardinality(String) COMMENT 'alert or card: what content is',
    content String COMMENT 'What is sent, as JSON; empty once it is done' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (episode, number, channel)
TTL toDateTime(queued) + INTERVAL 90 DAY
SETTINGS index_granularity = 256, min_age_to_force_merge_seconds = 1800, non_replicated_deduplication_window = 0
COMMENT 'One row for each alert and channel: none is lost, and none told twice';

-- +goose Down
DROP TABLE outbox;
