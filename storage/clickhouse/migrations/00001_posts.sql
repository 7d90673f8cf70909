-- +goose NO TRANSACTION
-- +goose Up

-- Every version of every post that was inserted, until the engine merges the older ones away:
-- ask for posts FINAL, or the view current_posts, to count each post once and leave out those
-- that were taken down.
--
-- It is not partitioned by published, though most questions are: an edit may move published, and
-- where a partition is left out of a question, the version in it that the other one replaces
-- would be the only one seen. bucket_posts finds the posts of a period instead.
--
-- id is text and not 16 bytes, so that it reads the same here, on the page and in Kafka.
CREATE TABLE posts
(
    id FixedString(32) COMMENT 'Identity of the post for ever: 32 hexadecimal digits, as in Kafka' CODEC(ZSTD(1)),
    source LowCardinality(String) COMMENT 'Id of the source it was read from, as in configs/sources.yaml',
    kind LowCardinality(String) COMMENT 'Sort of publisher: news, government, social or survey',
    url String COMMENT 'Canonical address; may be empty; expires with the text' CODEC(ZSTD(1)) TTL toDateTime(seen_at) + INTERVAL 90 DAY,
    title String COMMENT 'Plain text, personal identifiers masked; expires' CODEC(ZSTD(1)) TTL toDateTime(seen_at) + INTERVAL 90 DAY,
    text String COMMENT 'Plain text, personal identifiers masked; expires' CODEC(ZSTD(1)) TTL toDateTime(seen_at) + INTERVAL 90 DAY,
    published DateTime64(3, 'UTC') COMMENT 'When it was published, or seen where the claim could not be believed (see flags)' CODEC(Delta, ZSTD(1)),
    seen_at DateTime64(3, 'UTC') COMMENT 'When a collector read it; of two versions the later seen_at wins' CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row reached ClickHouse' CODEC(Delta, ZSTD(1)),
    declared_language LowCardinality(String) COMMENT 'Language the source declares; a hint, not a finding',
    language LowCardinality(String) COMMENT 'Language found: an ISO 639-1 code, mixed, other or none',
    languages Map(LowCardinality(String), Float32) COMMENT 'Share of the letters by language, sums to 1; empty for none',
    topics Array(LowCardinality(String)) COMMENT 'Topics it is about, highest score first, as in configs/topics.yaml',
    topic_scores Array(Float32) COMMENT 'Scores of topics, in the same order, 0 to 1',
    sentiment LowCardinality(String) COMMENT 'Tone: positive, neutral, negative or unscored (a language whose tone is not known)',
    sentiment_score Float32 COMMENT 'Tone from -1 to 1',
    sentiment_confidence Float32 COMMENT 'Confidence in the tone, 0 to 1',
    places Array(LowCardinality(String)) COMMENT 'Official codes of the provinces and districts it speaks of',
    place_names_km Array(LowCardinality(String)) COMMENT 'Khmer names of places, in the same order',
    place_names_en Array(LowCardinality(String)) COMMENT 'English names of places, in the same order',
    place_scores Array(Float32) COMMENT 'Scores of places, in the same order, 0 to 1',
    evidence String COMMENT 'What topics, tone and places rest on, as JSON {"topics": {topic: [...]}, "sentiment": [...], "places": {code: [...]}, "scripts": {...}, "spans": [...]}; expires' CODEC(ZSTD(1)) TTL toDateTime(seen_at) + INTERVAL 90 DAY,
    flags Array(LowCardinality(String)) COMMENT 'What was put right on its way: date-missing, date-future, date-old, truncated, summary',
    sample Bool COMMENT 'Written for demonstration, not collected',
    model LowCardinality(String) COMMENT 'Versions of the classifiers that found this',
    schema UInt8 COMMENT 'Version of the form it had in Kafka',
    kafka_cluster LowCardinality(String) COMMENT 'Incarnation of the Kafka cluster it was read from: offsets of two never mix',
    kafka_topic LowCardinality(String) COMMENT 'Kafka topic it was read from',
    kafka_partition Int32 COMMENT 'Kafka partition it was read from',
    kafka_offset Int64 COMMENT 'Offset in that partition' CODEC(Delta, ZSTD(1)),
    version UInt64 COMMENT 'Decides which version wins: seen_at in milliseconds, then the lower bits of the offset' CODEC(Delta, ZSTD(1)),
    removed UInt8 DEFAULT 0 COMMENT '1 for the mark that a takedown leaves, which wins over every version',
    bucket DateTime('UTC') ALIAS toStartOfFiveMinutes(toDateTime(published, 'UTC')) COMMENT 'Five minutes of published, as in rollups'
)
ENGINE = ReplacingMergeTree(version, removed)
ORDER BY id
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000
COMMENT 'Posts with what was found in them; ask for FINAL';

CREATE VIEW current_posts AS SELECT *, bucket FROM posts FINAL
COMMENT 'Each post once, in its latest version, without those taken down';

-- Every bucket that any version of a post was ever in. The versions themselves are merged away,
-- and the rollups of the buckets they leave must still be counted again.
CREATE TABLE post_buckets
(
    id FixedString(32) COMMENT 'Post' CODEC(ZSTD(1)),
    bucket DateTime('UTC') COMMENT 'Five minutes that a version of it was published in'
)
ENGINE = ReplacingMergeTree
ORDER BY (id, bucket)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000
COMMENT 'Buckets by post, from every version ever inserted';

CREATE MATERIALIZED VIEW post_buckets_of_posts TO post_buckets AS
SELECT id, toStartOfFiveMinutes(toDateTime(published, 'UTC')) AS bucket FROM posts WHERE removed = 0;

-- The same pairs the other way round: the posts of a period.
CREATE TABLE bucket_posts
(
    bucket DateTime('UTC') COMMENT 'Five minutes that a version of the post was published in' CODEC(Delta, ZSTD(1)),
    id FixedString(32) COMMENT 'Post' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (bucket, id)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000
COMMENT 'Posts by bucket, from every version ever inserted; posts FINAL says which are still there';

CREATE MATERIALIZED VIEW bucket_posts_of_posts TO bucket_posts AS
SELECT toStartOfFiveMinutes(toDateTime(published, 'UTC')) AS bucket, id FROM posts WHERE removed = 0;

CREATE TABLE removals
(
    id FixedString(32) COMMENT 'Post that was taken down; it is not stored again',
    removed_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When'
)
ENGINE = ReplacingMergeTree(removed_at)
ORDER BY id
COMMENT 'Takedowns';

-- +goose Down
DROP TABLE removals;
DROP VIEW bucket_posts_of_posts;
DROP TABLE bucket_posts;
DROP VIEW post_buckets_of_posts;
DROP TABLE post_buckets;
DROP VIEW current_posts;
DROP TABLE posts;
