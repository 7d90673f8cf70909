-- +goose NO TRANSACTION
-- +goose Up

ALTER TABLE alert_heard
    ADD COLUMN sources UInt32 DEFAULT 0 COMMENT 'Sources that could have been heard at the tick; 0: not on record' AFTER model;

-- Every score that was nearly an alert, or was one: by what thresholds can be chosen.
CREATE TABLE alert_candidates
(
    tick DateTime('UTC') COMMENT 'When it was known' CODEC(Delta, ZSTD(1)),
    rule LowCardinality(String) COMMENT 'Rule, as in configs/alerts.yaml',
    topic LowCardinality(String) COMMENT 'Of the series; empty: not restricted, as in the columns below',
    place LowCardinality(String) COMMENT 'Code of a province',
    kind LowCardinality(String) COMMENT 'Sort of publisher',
    language LowCardinality(String) COMMENT 'Language',
    keyword LowCardinality(String) COMMENT 'Phrase of a rule',
    stories Bool COMMENT 'Counts stories instead of posts',
    signal LowCardinality(String) COMMENT 'volume, negative-share or positive-share',
    window_start DateTime('UTC') COMMENT 'Start of the window' CODEC(Delta, ZSTD(1)),
    window_end DateTime('UTC') COMMENT 'Its end' CODEC(Delta, ZSTD(1)),
    score Float64 COMMENT '2 - log10 of the peaks this rare expected a week',
    observed Float64 COMMENT 'Posts, or share',
    expected Float64 COMMENT 'The same',
    labelled Float64 COMMENT 'Posts that the share is of; 0 for volume',
    log_p Float64 COMMENT '-log10 of the probability under the model of the baseline',
    dispersion Float64 COMMENT 'Of that model',
    excess Float64 COMMENT 'Logarithm of the ratio, or log_p of a share',
    quantile Float64 COMMENT '98 % quantile of the excess in this series',
    lambda Float64 COMMENT 'Clusters above it expected a week',
    beta Float64 COMMENT 'Their mean excess',
    coverage Float64 COMMENT 'Share of the sources that were heard in the last bucket'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(tick)
ORDER BY (tick, rule, topic, place, kind, language, keyword, stories, signal, window_end)
TTL tick + INTERVAL 120 DAY
SETTINGS index_granularity = 1024
COMMENT 'Scores of 1.5 and more, alerts or not; ask for FINAL';

-- +goose Down
DROP TABLE alert_candidates;
ALTER TABLE alert_heard DROP COLUMN sources;
