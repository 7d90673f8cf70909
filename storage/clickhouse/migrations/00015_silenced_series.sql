-- +goose NO TRANSACTION
-- +goose Up

-- A silence is about the series that it names, and no other of its rule.
ALTER TABLE silences
    ADD COLUMN IF NOT EXISTS kind LowCardinality(String) DEFAULT '' COMMENT 'Of which sort of publisher; empty: any' AFTER place,
    ADD COLUMN IF NOT EXISTS language LowCardinality(String) DEFAULT '' COMMENT 'In which language; empty: any' AFTER kind,
    ADD COLUMN IF NOT EXISTS keyword String DEFAULT '' COMMENT 'With which phrase of a rule; empty: any' AFTER language;

-- +goose Down
ALTER TABLE silences
    DROP COLUMN IF EXISTS keyword,
    DROP COLUMN IF EXISTS language,
    DROP COLUMN IF EXISTS kind;
