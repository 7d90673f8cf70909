-- +goose NO TRANSACTION
-- +goose Up

-- A post may praise one topic and blame another: the tone of the sentences that speak of each.
-- The arrays are empty in posts that were classified before there was such a finding.
ALTER TABLE posts
    ADD COLUMN topic_sentiments Array(LowCardinality(String)) COMMENT 'Tone towards each of topics, in the same order: positive, neutral, negative or unscored; empty where it was not found' AFTER topic_scores,
    ADD COLUMN topic_sentiment_scores Array(Float32) COMMENT 'Tone towards each of topics, from -1 to 1' AFTER topic_sentiments,
    ADD COLUMN topic_sentiment_confidences Array(Float32) COMMENT 'Confidence in each of topic_sentiments, 0 to 1' AFTER topic_sentiment_scores;

CREATE OR REPLACE VIEW current_posts AS SELECT *, bucket FROM posts FINAL
COMMENT 'Each post once, in its latest version, without those taken down';

-- +goose Down
DROP VIEW current_posts;
ALTER TABLE posts DROP COLUMN topic_sentiments, DROP COLUMN topic_sentiment_scores, DROP COLUMN topic_sentiment_confidences;
CREATE VIEW current_posts AS SELECT *, bucket FROM posts FINAL
COMMENT 'Each post once, in its latest version, without those taken down';
