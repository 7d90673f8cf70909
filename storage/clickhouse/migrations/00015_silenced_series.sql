-- +goose NO TRANSACTION
-- +goose Up

-- A silence is about the series that it names, and no other of its rule.
ALTER TABLE silences
    ADD COLUMN kind LowCardinality(String) DEFAULT '' COMMENT 'Of which sort of publisher; empty: any' AFTER place,
    ADD COLUMN language LowCardinality(String) DEFAULT '' COMMENT 'In which language; empty: any' AFTER kind,
    ADD COLUMN keyword String DEFAULT '' COMMENT 'With which phrase of a rule; empty: any' AFTER language;

-- +goose Down
ALTER TABLE silences
    DROP COLUMN keyword,
    DROP COLUMN language,
    DROP COLUMN kind;
