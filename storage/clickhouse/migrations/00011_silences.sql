-- +goose NO TRANSACTION
-- +goose Up

-- A silence that was ended early says so beside the end it was made with, so that the log and a
-- replay of it give the same reason for what was held before.
ALTER TABLE silences
    ADD COLUMN ended DateTime('UTC') DEFAULT toDateTime(0, 'UTC') COMMENT 'When it was ended before its time; 1970: it was not' AFTER until;

-- +goose Down
ALTER TABLE silences
    DROP COLUMN ended;
