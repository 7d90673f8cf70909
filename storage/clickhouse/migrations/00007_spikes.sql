-- +goose NO TRANSACTION
-- +goose Up

-- What the spike detector remembers, a row for each series. Saves take turns between two slots
-- and end with the row of the whole set, so that a save that breaks off leaves the one before.
CREATE TABLE spike_states
(
    slot UInt8 COMMENT '0 or 1: the other one holds the save before',
    whole Bool COMMENT 'The row of the set, written last; its state is what the series have in common',
    topic LowCardinality(String) COMMENT 'Of the series, as in rollups; empty does not restrict',
    place LowCardinality(String) COMMENT 'Official code of a province',
    kind LowCardinality(String) COMMENT 'Kind of source',
    language LowCardinality(String) COMMENT 'Language of the posts',
    keyword String COMMENT 'Phrase of a rule',
    stories Bool COMMENT 'The series counts stories instead of posts',
    version UInt64 COMMENT 'Number of the save; the highest with a row of the set holds',
    through DateTime('UTC') COMMENT 'Watermark that the save belongs to',
    rows UInt32 COMMENT 'Of the set: how many series were saved with it',
    state String COMMENT 'Snapshot of the detector, about 7 KB before compression' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (slot, whole, topic, place, kind, language, keyword, stories)
SETTINGS index_granularity = 64
COMMENT 'Memory of the spike detector';

-- +goose Down
DROP TABLE spike_states;
