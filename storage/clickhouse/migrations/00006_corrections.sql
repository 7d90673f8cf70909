-- +goose NO TRANSACTION
-- +goose Up

-- What readers of the page say of labels. Nothing here tells who: ids are random, times are
-- days, and the order is that of posts. The words that were corrected stay in posts alone.
CREATE TABLE corrections
(
    id FixedString(26) COMMENT 'Drawn at random for each correction; the page that sent it takes it back by this' CODEC(ZSTD(1)),
    post FixedString(32) COMMENT 'Post, as posts.id' CODEC(ZSTD(1)),
    task LowCardinality(String) COMMENT 'Kind of label: language, sentiment or topic',
    was LowCardinality(String) COMMENT 'Label that the reader saw; empty for a topic that is missing',
    should_be LowCardinality(String) COMMENT 'Label that the reader gives; empty for a topic that is wrong',
    model LowCardinality(String) COMMENT 'Versions of the classifiers whose labels the post had',
    words UInt64 COMMENT 'Fingerprint of title and text, which tells an edited post; expires with the text' TTL day + INTERVAL 90 DAY,
    day Date COMMENT 'When, in UTC and no closer'
)
ENGINE = MergeTree
ORDER BY (post, task, id)
TTL day + INTERVAL 400 DAY
SETTINGS index_granularity = 1024
COMMENT 'Labels that readers of the page call wrong; who they are is not stored';

-- +goose Down
DROP TABLE corrections;
