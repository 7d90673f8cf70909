-- +goose NO TRANSACTION
-- +goose Up

-- Of every version of every post, in the order in which they came: what the story keeper reads.
-- A partition is a day, which is dropped as a whole.
CREATE TABLE prints
(
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row reached ClickHouse' CODEC(Delta, ZSTD(1)),
    id FixedString(32) COMMENT 'Post' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'Version of the post, as in posts' CODEC(Delta, ZSTD(1)),
    published DateTime64(3, 'UTC') COMMENT 'When that version was published' CODEC(Delta, ZSTD(1)),
    print String COMMENT 'Fingerprint of title and text, from which no text can be had back' CODEC(NONE)
)
ENGINE = MergeTree
PARTITION BY toDate(inserted_at)
ORDER BY (inserted_at, id)
TTL toDateTime(inserted_at) + INTERVAL 15 DAY
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000
COMMENT 'Fingerprints of posts whose text is long enough for a story; expires';

-- A post without a row is a story of its own. One that is the first of its story has a row for as
-- long as its fingerprint is kept, by which the keeper knows that it has been asked about.
CREATE TABLE stories
(
    id FixedString(32) COMMENT 'Post' CODEC(ZSTD(1)),
    story FixedString(32) COMMENT 'Story it belongs to: the id of the post that told it first' CODEC(ZSTD(1)),
    assigned_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was found; the latest finding wins' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(assigned_at)
ORDER BY id
TTL toDateTime(assigned_at) + INTERVAL 16 DAY DELETE WHERE story = id
SETTINGS index_granularity = 1024
COMMENT 'Stories by post';

-- The same pairs the other way round: the posts of a story, without the one it is named by.
CREATE TABLE story_posts
(
    story FixedString(32) COMMENT 'Story' CODEC(ZSTD(1)),
    id FixedString(32) COMMENT 'Post that carries it' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (story, id)
SETTINGS index_granularity = 1024
COMMENT 'Posts by story, from every finding; stories FINAL says which still holds';

CREATE MATERIALIZED VIEW story_posts_of_stories TO story_posts AS
SELECT story, id FROM stories WHERE story != id;

ALTER TABLE rollups
    ADD COLUMN alone UInt64 COMMENT 'Posts that are a story of their own' AFTER sources,
    ADD COLUMN shared Array(UInt64) COMMENT 'Hashes of the stories of the other posts, each once, in order: sum(alone) + uniqExactArray(shared) counts the stories of many rows' CODEC(ZSTD(1)) AFTER alone;

DROP VIEW current_rollups;
CREATE VIEW current_rollups AS SELECT * FROM rollups FINAL WHERE posts > 0
COMMENT 'The latest count of each group that has posts';

-- The story is looked up only where story_id is asked for.
DROP VIEW current_posts;
CREATE VIEW current_posts AS SELECT *, bucket,
    ifNull((SELECT any(stories.story) FROM stories FINAL WHERE stories.id = posts.id AND stories.story != stories.id), posts.id) AS story_id
FROM posts FINAL
COMMENT 'Each post once, in its latest version, without those taken down, with its story';

-- +goose Down
DROP VIEW current_posts;
CREATE VIEW current_posts AS SELECT *, bucket FROM posts FINAL
COMMENT 'Each post once, in its latest version, without those taken down';
DROP VIEW current_rollups;
ALTER TABLE rollups DROP COLUMN shared, DROP COLUMN alone;
CREATE VIEW current_rollups AS SELECT * FROM rollups FINAL WHERE posts > 0
COMMENT 'The latest count of each group that has posts';
DROP VIEW story_posts_of_stories;
DROP TABLE story_posts;
DROP TABLE stories;
DROP TABLE prints;
