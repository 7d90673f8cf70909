-- +goose NO TRANSACTION
-- +goose Up

-- Who wrote a version of a row, so that of two processes that write it at once one knows that it was
-- the other: the second insert of a version is dropped by its token.
ALTER TABLE outbox
    ADD COLUMN IF NOT EXISTS writer UInt64 DEFAULT 0 COMMENT 'Made up anew for each insert: of two that write the same version, the first stands' AFTER version;
ALTER TABLE outbox
    MODIFY SETTING non_replicated_deduplication_window = 1000;

-- +goose Down
ALTER TABLE outbox
    MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE outbox
    DROP COLUMN IF EXISTS writer;
