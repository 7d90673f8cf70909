-- +goose NO TRANSACTION
-- +goose Up

-- What readers say of alerts, by the signed links in them. Nothing here tells who: a row is what
-- was said of an episode, once, and on which day.
CREATE TABLE alert_feedback
(
    episode String COMMENT 'Episode of the alert' CODEC(ZSTD(1)),
    verdict LowCardinality(String) COMMENT 'useful, false or known',
    rule LowCardinality(String) COMMENT 'Rule, as in configs/alerts.yaml',
    day Date COMMENT 'When, in UTC and no closer'
)
ENGINE = ReplacingMergeTree
ORDER BY (episode, verdict)
TTL day + INTERVAL 400 DAY
SETTINGS index_granularity = 256
COMMENT 'What readers say of alerts; who they are is not stored. Ask for FINAL';

CREATE TABLE silences
(
    episode String COMMENT 'Episode whose link made it: once' CODEC(ZSTD(1)),
    rule LowCardinality(String) COMMENT 'Whose alerts are not told; empty: any',
    topic LowCardinality(String) COMMENT 'About which topic; empty: any',
    place LowCardinality(String) COMMENT 'Code of the province; empty: any',
    start DateTime('UTC') COMMENT 'From when on',
    until DateTime('UTC') COMMENT 'Until when: a silence always ends',
    reason String COMMENT 'For those who wonder why it is quiet' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY episode
TTL until + INTERVAL 400 DAY
SETTINGS index_granularity = 256
COMMENT 'Alerts that are not told for a while, beside the silences of configs/alerts.yaml; ask for FINAL';

-- +goose Down
DROP TABLE silences;
DROP TABLE alert_feedback;
