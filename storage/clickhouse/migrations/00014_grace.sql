-- +goose NO TRANSACTION
-- +goose Up

ALTER TABLE alert_heard
    ADD COLUMN IF NOT EXISTS grace UInt32 DEFAULT 600 COMMENT 'How long after its end the next bucket is first looked at, seconds' AFTER late;

-- +goose Down
ALTER TABLE alert_heard DROP COLUMN IF EXISTS grace;
