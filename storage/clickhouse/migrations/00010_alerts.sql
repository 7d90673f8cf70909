-- +goose NO TRANSACTION
-- +goose Up

-- Of a migration that is gone.
DROP TABLE IF EXISTS spike_states;

-- What the detectors were told, in the order in which they were told it: with a state of the
-- detectors, all that a replay needs. A row is written when a count is new or has changed.
CREATE TABLE alert_observations
(
    tick DateTime('UTC') COMMENT 'When it was known' CODEC(Delta, ZSTD(1)),
    bucket DateTime('UTC') COMMENT 'Start of the five minutes of publication' CODEC(Delta, ZSTD(1)),
    topic LowCardinality(String) COMMENT 'Of the series; empty: not restricted, as in the columns below',
    place LowCardinality(String) COMMENT 'Code of a province',
    kind LowCardinality(String) COMMENT 'Sort of publisher',
    language LowCardinality(String) COMMENT 'Language',
    keyword LowCardinality(String) COMMENT 'Phrase of a rule',
    stories Bool COMMENT 'Counts stories instead of posts',
    posts UInt32 COMMENT 'Posts, or stories, in the bucket by then',
    labelled UInt32 COMMENT 'Posts with a tone',
    negative UInt32 COMMENT 'Of labelled: negative towards the topic',
    positive UInt32 COMMENT 'Of labelled: positive towards the topic'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(tick)
ORDER BY (tick, bucket, topic, place, kind, language, keyword, stories)
TTL tick + INTERVAL 120 DAY
SETTINGS index_granularity = 1024
COMMENT 'Counts as the detectors were told them; ask for FINAL';

CREATE TABLE alert_heard
(
    tick DateTime('UTC') COMMENT 'When it was known' CODEC(Delta, ZSTD(1)),
    bucket DateTime('UTC') COMMENT 'Start of the five minutes that it is about' CODEC(Delta, ZSTD(1)),
    coverage Float64 COMMENT 'Share of the sources that were heard, 0 to 1',
    late Float64 COMMENT 'Share of the posts arriving then that were published an hour or more before, 0 to 1',
    model LowCardinality(String) COMMENT 'Versions of the classifiers at the time',
    silent Array(LowCardinality(String)) COMMENT 'Sources that went silent',
    failing Array(LowCardinality(String)) COMMENT 'Other sources whose last poll failed'
)
ENGINE = ReplacingMergeTree
ORDER BY tick
TTL tick + INTERVAL 120 DAY
SETTINGS index_granularity = 1024
COMMENT 'One row for each tick of the detectors: what was heard of the sources; ask for FINAL';

-- A rule has two slots that take turns, so that a state that is being written never replaces the
-- last whole one, and one for each week, from which replays begin. The row without a name comes
-- last and says how many there are.
CREATE TABLE alert_states
(
    rule LowCardinality(String) COMMENT 'Rule, as in configs/alerts.yaml',
    slot UInt32 COMMENT '0 and 1 take turns; above them a state that is kept for replays',
    name String COMMENT 'Series, or part of the rule; empty for the row that completes the state',
    tick DateTime('UTC') COMMENT 'Up to when it has seen everything',
    print String COMMENT 'Of what decides how the rule detects',
    parts UInt32 COMMENT 'Rows of the state besides the one without a name',
    body String COMMENT 'Memory in binary' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(tick)
ORDER BY (rule, slot, name)
TTL tick + INTERVAL 120 DAY
SETTINGS index_granularity = 64
COMMENT 'Memory of the detectors, one row a series; ask for FINAL';

CREATE TABLE alert_log
(
    tick DateTime('UTC') COMMENT 'When it was decided' CODEC(Delta, ZSTD(1)),
    rule LowCardinality(String) COMMENT 'Rule, as in configs/alerts.yaml',
    episode String COMMENT 'Episode of the alert' CODEC(ZSTD(1)),
    number UInt32 COMMENT 'Of the alert within its episode',
    state LowCardinality(String) COMMENT 'opened, escalated, held or closed',
    level LowCardinality(String) COMMENT 'notice, warning or urgent',
    topic LowCardinality(String) COMMENT 'Of the series; empty: not restricted',
    place LowCardinality(String) COMMENT 'Code of a province of the series',
    kind LowCardinality(String) COMMENT 'Sort of publisher of the series',
    score Float64 COMMENT 'Highest score of the channels that joined; 0 when closed',
    held String COMMENT 'Why it was not told; empty when it was' CODEC(ZSTD(1)),
    channels Array(LowCardinality(String)) COMMENT 'Who was told',
    due DateTime('UTC') COMMENT 'From when on they were told' CODEC(Delta, ZSTD(1)),
    line String COMMENT 'The alert and what became of it, as JSON without texts of posts: what a replay gives byte for byte' CODEC(ZSTD(1)),
    alert String COMMENT 'The alert as it was told, as JSON; expires with the texts of posts' CODEC(ZSTD(1)) TTL tick + INTERVAL 90 DAY
)
ENGINE = ReplacingMergeTree
ORDER BY (tick, rule, episode, number, state)
TTL tick + INTERVAL 400 DAY
SETTINGS index_granularity = 256
COMMENT 'Every alert that was decided, told or held; ask for FINAL';

-- +goose Down
DROP TABLE alert_log;
DROP TABLE alert_states;
DROP TABLE alert_heard;
DROP TABLE alert_observations;
